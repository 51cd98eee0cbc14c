// Answers the tests' questions with jkurwa and gost89: one question a line on standard input
// (operation and hexadecimal arguments; a pair is key:certificate, either may be empty), one
// answer a line.
'use strict';

const readline = require('readline');
const jk = require('jkurwa');
const gost = require('gost89');

const algo = gost.compat.algos();
const Message = jk.models.Message;
const bytes = (hex) => Buffer.from(hex, 'hex');
const hex = (data) => Buffer.from(data).toString('hex');
const number = (field) => BigInt('0x' + hex(field.buf8()));
const priv = (key) => jk.Priv.from_asn1(bytes(key));
const certificate = (der) => jk.Certificate.from_asn1(bytes(der));

const box = (pairs, roots) => {
  const box = new jk.Box({ algo });
  for (const pair of pairs) {
    const [key, cert] = pair.split(':');
    box.add({ priv: key ? priv(key) : undefined, cert: cert ? certificate(cert) : undefined });
  }
  box._keys();
  if (roots) box.loadCAs(bytes(roots));
  return box;
};

const seal = (pairs, steps, data) =>
  box(pairs).pipe(bytes(data), steps, {}).then(hex);

const answers = {
  // Layers from outside in, then the content. The last argument may be a bundle of roots.
  unwrap: async (data, roots, ...pairs) => {
    const found = await box(pairs, roots === '-' ? null : roots).unwrap(bytes(data));
    const layers = found.pipe.map((layer) => {
      if (layer.error) return layer.error;
      if (layer.transport) return 'header';
      return layer.enc ? 'encrypted' : `signed${layer.cert.verified ? '+chain' : ''}`;
    });
    return `${layers.join(',')} ${hex(found.content)}`;
  },
  sign: (data, ...pairs) => seal(pairs, [{ op: 'sign' }], data),
  encrypt: (data, to, ...pairs) => seal(pairs, [{ op: 'encrypt', forCert: certificate(to) }], data),
  container: (data, to, ...pairs) =>
    seal(
      pairs,
      [
        { op: 'sign', tax: true },
        { op: 'encrypt', forCert: certificate(to), tax: true, addCert: true },
        { op: 'sign', tax: true },
      ],
      data
    ),
  'self-signed': async (key, usage) => {
    const privkey = priv(key);
    privkey.algorithm = 'Dstu4145le';
    const name = { organizationName: 'Proba', localityName: 'Kyiv' };
    const valid = { from: 1700000000000, to: 1900000000000 };
    const certData = { serial: 77, issuer: name, subject: name, valid, usage: bytes(usage).toString('binary') };
    return hex(jk.Certificate.signCert({ privkey, hash: algo.hash, certData }).as_asn1());
  },
  protect: async (key, password) => hex(priv(key).to_pbes2(bytes(password), algo)),
  // The public half, as certificates have it.
  unprotect: async (data, password) =>
    hex(jk.Priv.from_protected(bytes(data), bytes(password), algo).keys[0].pub().serialize()),
  // A new key of its own. It does not look whether d is below the order of the base point, as the
  // standard wants; half of its keys are not.
  generate: async (m) => {
    const curve = jk.std_curve('DSTU_PB_' + m);
    for (;;) {
      const key = curve.keygen();
      if (number(key.d) < number(curve.order)) return hex(key.as_asn1());
    }
  },
};

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [operation, ...args] = line.split(' ');
    const said = await answers[operation](...args).catch((error) => `failed ${error.stack}`);
    console.log(said.replace(/\n/g, ' '));
  }
})();
