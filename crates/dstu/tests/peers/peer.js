// Answers the tests' questions with jkurwa and gost89: one question a line on
// standard input (operation and hexadecimal arguments, "-" for no bytes), one
// answer a line. Field elements and numbers are big-endian, hashes as they come.
'use strict';

const readline = require('readline');
const jk = require('jkurwa');
const gost = require('gost89');
const util = require('gost89/lib/util.js');
const wrap = require('gost89/lib/keywrap.js');

const bytes = (hex) => (hex === '-' ? Buffer.alloc(0) : Buffer.from(hex, 'hex'));
const hex = (data) => (data.length ? Buffer.from(data).toString('hex') : '-');
const curve = (m) => jk.std_curve('DSTU_PB_' + m);
const field = (text, c) => new jk.Field(bytes(text), 'buf8', c);
const secret = (m, d) => new jk.Priv(curve(m), field(d, curve(m)));
const open = (m, point) => new jk.Pub(curve(m), curve(m).point(field(point, curve(m))));

const cipher = (key) => {
  const ctx = gost.init();
  ctx.key(bytes(key));
  return ctx;
};

const answers = {
  hash: (data) => hex(gost.compat.compute_hash(bytes(data))),
  'key-6': (password, rounds) => hex(util.dumb_kdf(bytes(password), Number(rounds))),
  pbkdf2: (password, salt, rounds) => hex(util.pbkdf(bytes(password), bytes(salt), Number(rounds))),
  'cfb-encrypt': (key, iv, data) => hex(cipher(key).crypt_cfb(bytes(iv), bytes(data))),
  'cfb-decrypt': (key, iv, data) => hex(cipher(key).decrypt_cfb(bytes(iv), bytes(data))),
  'ecb-encrypt': (key, data) => hex(cipher(key).crypt(bytes(data), Buffer.alloc(bytes(data).length))),
  'ecb-decrypt': (key, data) => {
    const out = Buffer.alloc(bytes(data).length);
    cipher(key).decrypt(bytes(data), out);
    return hex(out);
  },
  mac: (key, data) => hex(cipher(key).mac(32, bytes(data))),
  wrap: (key, cek, iv) => hex(wrap.wrap(bytes(cek), bytes(key), bytes(iv))),
  unwrap: (key, wrapped) => hex(wrap.unwrap(bytes(wrapped), bytes(key))),
  public: (m, d) => hex(secret(m, d).pub().compress()),
  sign: (m, d, hash) => hex(secret(m, d).sign(bytes(hash), 'le')),
  verify: (m, point, hash, signature) => String(open(m, point).verify(bytes(hash), bytes(signature), 'le')),
  ecdh: (m, d, point) => hex(secret(m, d).derive(open(m, point))),
  kek: (m, d, point, ukm) =>
    hex(secret(m, d).sharedKey(open(m, point), ukm === '-' ? null : bytes(ukm), gost.compat.gost_kdf)),
};

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const [operation, ...args] = line.split(' ');
  console.log(answers[operation](...args));
});
