// Compares the names of every leaf with the name asked for, as Node and Electron do after the handshake.
// Reads lines "name TAB host TAB port TAB folder" from standard input, prints one line of JSON per chain.
'use strict';
const { X509Certificate } = require('crypto');
const fs = require('fs');
const tls = require('tls');

for (const line of fs.readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const [name, host, , folder] = line.split('\t');
  let error;
  try {
    const leaf = new X509Certificate(fs.readFileSync(`${folder}/leaf.pem`));
    error = tls.checkServerIdentity(host, leaf.toLegacyObject());
  } catch (thrown) {
    error = thrown;
  }
  console.log(JSON.stringify({ name, ok: error === undefined, code: error?.code ?? null, message: error?.message ?? '' }));
}
