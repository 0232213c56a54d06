// Connects to every server and prints what this runtime (Node or Bun) says, one line of JSON per chain.
// Reads lines "name TAB host TAB port TAB folder" from standard input.
'use strict';
const fs = require('fs');
const net = require('net');
const tls = require('tls');

const jobs = fs.readFileSync(0, 'utf8').split('\n').filter(Boolean).map((line) => line.split('\t'));

function judge([name, host, port, folder]) {
  return new Promise((resolve) => {
    const options = {
      host: '127.0.0.1',
      port: Number(port),
      ca: fs.readFileSync(`${folder}/ca.pem`),
      timeout: 8000,
    };
    if (net.isIP(host) === 0) options.servername = host;
    let socket;
    const done = (code, message) => {
      if (socket) socket.destroy();
      process.stdout.write(JSON.stringify({ name, ok: message === null, code, message: message ?? '' }) + '\n');
      resolve();
    };
    try {
      socket = tls.connect(options, () => done(null, null));
    } catch (error) {
      done(error.code ?? null, error.message);
      return;
    }
    socket.on('error', (error) => done(error.code ?? null, error.message));
    socket.on('timeout', () => done('TIMEOUT', 'no answer'));
  });
}

(async () => {
  const worker = async () => {
    while (jobs.length > 0) await judge(jobs.shift());
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  process.exit(0);
})();
