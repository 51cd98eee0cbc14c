// Opens a key container with jkurwa: `node peer.js FILE PASSWORD`. Prints a line for every key:
// the degree of its curve and its compressed public point, big-endian.
'use strict';

const fs = require('fs');
const gost = require('gost89');
// First, for its modules need one another.
require('jkurwa');
const load = require('jkurwa/lib/util/load.js');

const [file, password] = process.argv.slice(2);
for (const { priv } of load({ keyBuffers: [fs.readFileSync(file)], password }, gost.compat.algos())) {
  if (priv) console.log(priv.curve.m, Buffer.from(priv.pub().compress()).toString('hex'));
}
