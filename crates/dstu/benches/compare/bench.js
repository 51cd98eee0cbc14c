// jkurwa's and gost89's side of compare.sh.
'use strict';

const jk = require('jkurwa');
const gost = require('gost89');

const BULK = 1 << 18;
const now = () => Number(process.hrtime.bigint());

// Warming up, then the best of a few batches: these take long.
function measure(what, work) {
  const warm = now() + 3e8;
  do work(); while (now() < warm);
  let best = Infinity;
  for (let batch = 0; batch < 5; batch += 1) {
    const start = now();
    let count = 0;
    do { work(); count += 1; } while (now() - start < 1e8);
    best = Math.min(best, (now() - start) / count);
  }
  console.log(`jkurwa\t${what}\t${Math.round(best)}`);
}

for (const m of [257, 431]) {
  const curve = jk.std_curve('DSTU_PB_' + m);
  const key = new jk.Priv(curve, new jk.Field(Buffer.alloc(30, 0x35), 'buf8', curve));
  const pub = key.pub();
  const hash = Buffer.alloc(32, 0x5a);
  const signature = key.sign(hash, 'le');
  const packed = pub.compress();
  measure(`sign ${m}`, () => key.sign(hash, 'le'));
  measure(`verify ${m}`, () => {
    if (!pub.verify(hash, signature, 'le')) throw new Error('refused');
  });
  measure(`ECDH ${m}`, () => key.derive(pub));
  measure(`open public key ${m}`, () => curve.point(new jk.Field(packed, 'buf8', curve)));
}

const data = Buffer.alloc(BULK, 7);
const iv = Buffer.alloc(8, 1);
const cipher = gost.init();
cipher.key(Buffer.alloc(32, 9));
measure('hash', () => gost.gosthash(data));
measure('CFB encrypt', () => cipher.crypt_cfb(iv, data));
measure('CFB decrypt', () => cipher.decrypt_cfb(iv, data));
measure('PBKDF2', () => gost.pbkdf('password', Buffer.alloc(32, 3), 10000));
