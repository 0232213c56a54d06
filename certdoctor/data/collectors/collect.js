#!/usr/bin/env node
// Collector of certdoctor, for machines without Python. Read it before you run it: it is short, and needs Node alone.
//
//   node FILE [HOST:PORT | SCHEME://HOST:PORT]... [--ca FILE] [--log FILE] [--out FILE] [--yes]
//   With the Node inside an Electron application such as Hackolade Studio, set ELECTRON_RUN_AS_NODE=1 first and put
//   the application's own program in the place of "node".
//
// It makes a few short connections to each server, as far as the TLS handshake, and keeps the bytes that come back.
// It never logs in, asks for no password, and reads no private key. Of this machine it notes the variables that decide
// which certificates are trusted, the lists of roots of this Node, and where Java is. It shows what it has found and
// writes one new file; nothing is sent anywhere. The file is for whoever runs:  certdoctor case.collected.json
'use strict';

const crypto = require('crypto');
const dns = require('dns');
const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');
const tls = require('tls');
const { Duplex } = require('stream');

const GIVEN = { servers: [] };

const SECONDS = 5; // for each exchange with a server
const LATE = 1; // for what a server says after the handshake
const MOST = 1 << 20; // bytes kept of one connection
const MOST_FILE = 1 << 20; // bytes of a CA file
const TAIL = 1 << 16; // bytes of a log, only if asked for
const PORTS = { tds: 1433, tds8: 1433, tls: 443, postgres: 5432, mysql: 3306, mongodb: 27017 };
const SCHEMES = {
  sqlserver: 'tds', mssql: 'tds', tds: 'tds', tds8: 'tds8', tls: 'tls', postgres: 'postgres', postgresql: 'postgres',
  mysql: 'mysql', mariadb: 'mysql', mongodb: 'mongodb',
};

// --- one connection: every byte that arrives is kept -----------------------------------------------------------------

class Line {
  constructor(opens, by) {
    this.record = { opens, by, ended: null, secrets: [] };
    this.received = [];
    this.size = 0;
    this.waiting = () => {};
    this.carrier = null;
  }

  // Connect; the promise gives the code of the failure, or null.
  connect(address, port) {
    return new Promise((resolve) => {
      this.socket = net.connect({ host: address, port });
      const late = setTimeout(() => this.stop('timeout', resolve, 'ETIMEDOUT'), SECONDS * 1000);
      const settle = (code) => { clearTimeout(late); resolve(code); };
      this.socket.on('connect', () => { this.socket.setNoDelay(true); settle(null); });
      this.socket.on('error', (error) => {
        this.end(error.code === 'ECONNRESET' || error.code === 'EPIPE' ? 'reset' : 'closed');
        settle(error.code || 'EUNKNOWN');
      });
      this.socket.on('data', (bytes) => {
        if (this.record.ended) return;
        this.received.push(bytes.subarray(0, MOST - this.size));
        this.size += bytes.length;
        if (this.carrier) this.carrier.arrived(bytes);
        this.waiting();
        if (this.size >= MOST) this.stop('done', () => {});
      });
      this.socket.on('end', () => this.end('closed'));
      this.socket.on('close', () => this.end('closed'));
    });
  }

  stop(how, then, value) {
    this.end(how);
    then(value);
  }

  end(how) {
    if (this.record.ended) return;
    this.record.ended = how;
    if (this.carrier) this.carrier.push(null);
    this.socket.destroy();
    this.waiting();
  }

  bytes() {
    return Buffer.concat(this.received);
  }

  send(bytes) {
    if (!this.record.ended) this.socket.write(bytes);
  }

  // Wait until there is enough, the connection has ended, or the time is over.
  until(enough, seconds = SECONDS) {
    return new Promise((resolve) => {
      const late = setTimeout(() => { this.end('timeout'); }, seconds * 1000);
      this.waiting = () => {
        if (!this.record.ended && !enough(this.bytes())) return;
        clearTimeout(late);
        this.waiting = () => {};
        resolve();
      };
      this.waiting();
    });
  }

  finished() {
    this.end('done');
    return { ...this.record, received: this.bytes().toString('base64') };
  }
}

// --- TDS (MS-TDS 2.2.3.1 and 2.2.6.5), PostgreSQL, MySQL: what is said before TLS ------------------------------------

const OFF = 0, ON = 1, NOT_SUPPORTED = 2;

function packets(bytes) {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 4088) {
    const piece = bytes.subarray(at, at + 4088);
    const last = at + 4088 >= bytes.length;
    const head = Buffer.from([0x12, last ? 1 : 0, 0, 0, 0, 0, pieces.length & 0xff, 0]);
    head.writeUInt16BE(piece.length + 8, 2);
    pieces.push(head, piece);
  }
  return Buffer.concat(pieces);
}

function prelogin(encryption) {
  const options = [[0, Buffer.from([0, 1, 0, 0, 0, 0])], [1, Buffer.from([encryption])], [2, Buffer.from([0])],
    [3, Buffer.alloc(4)], [4, Buffer.from([0])]];
  let at = options.length * 5 + 1;
  const table = options.map(([token, data]) => {
    const row = Buffer.from([token, at >> 8, at & 0xff, 0, data.length]);
    at += data.length;
    return row;
  });
  return packets(Buffer.concat([...table, Buffer.from([0xff]), ...options.map(([, data]) => data)]));
}

// Where the first TDS message ends; 0 while it is not whole, -1 if it is no answer of a SQL Server.
function endOfMessage(bytes) {
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = bytes.readUInt16BE(at + 2);
    if (bytes[at] !== 4 || length < 8) return -1;
    at += length;
    if (at > bytes.length) return 0;
    if (bytes[at - length + 1] & 1) return at;
  }
  return bytes.length && bytes[0] !== 4 ? -1 : 0;
}

// {hello: 1, $db: "admin"} as OP_MSG: a MongoDB without TLS answers it before any login.
const MONGODB_HELLO = Buffer.from(
  '340000000100646300000000dd07000000000000001f0000001068656c6c6f000100000002246462000600000061646d696e0000', 'hex');
const SSL_REQUEST = Buffer.from('0000000804d2162f', 'hex');

function mysqlRequest() {
  const body = Buffer.alloc(32);
  body.writeUInt32LE(0x8a00, 0); // protocol 4.1, TLS, secure connection
  body.writeUInt32LE(1 << 24, 4);
  body[8] = 33;
  return Buffer.concat([Buffer.from([32, 0, 0, 1]), body]);
}

// Each says its first words on a new line and returns where TLS begins in what was received, or -1.
const OPENINGS = {
  'tds-off': async (line) => { await said(line, prelogin(OFF)); return -1; },
  'tds-on': async (line) => {
    await said(line, prelogin(ON));
    const answer = line.bytes();
    const end = endOfMessage(answer);
    return end > 0 && (encryptionOf(payload(answer.subarray(0, end))) & 1) === 1 ? end : -1;
  },
  tls: async () => 0,
  tds8: async () => 0,
  mongodb: hello,
  postgres: async (line) => {
    line.send(SSL_REQUEST);
    await line.until((bytes) => bytes.length > 0);
    if (line.bytes()[0] === 0x53) return 1;
    await rest(line);
    return -1;
  },
  mysql: async (line) => {
    const end = (bytes) => (bytes.length < 4 ? Infinity : bytes.readUIntLE(0, 3) + 4);
    await line.until((bytes) => bytes.length >= end(bytes) || end(bytes) < Infinity && end(bytes) > 5000);
    const greeting = line.bytes();
    const version = greeting.indexOf(0, 5);
    if (greeting[4] !== 10 || version < 0 || !(greeting[version + 15] & 8)) return -1;
    line.send(mysqlRequest());
    return end(greeting);
  },
};

async function hello(line) {
  line.send(MONGODB_HELLO);
  await line.until((bytes) => bytes.length >= 16, LATE * 2);
  return -1;
}

async function said(line, words) {
  line.send(words);
  await line.until((bytes) => endOfMessage(bytes) !== 0);
  if (endOfMessage(line.bytes()) < 0) await rest(line);
}

// What follows soon: enough to recognise a stranger by.
async function rest(line) {
  await new Promise((resolve) => setTimeout(resolve, 300));
}

function payload(message) {
  const pieces = [];
  for (let at = 0; at < message.length; at += message.readUInt16BE(at + 2)) {
    pieces.push(message.subarray(at + 8, at + message.readUInt16BE(at + 2)));
  }
  return Buffer.concat(pieces);
}

function encryptionOf(answer) {
  for (let at = 0; at + 5 <= answer.length && answer[at] !== 0xff; at += 5) {
    if (answer[at] === 1) return answer[answer.readUInt16BE(at + 1)];
  }
  return NOT_SUPPORTED;
}

// --- TLS ------------------------------------------------------------------------------------------------------------

// Carries a handshake between TLS and a line, inside TDS packets where TDS 7 wants that.
class Carrier extends Duplex {
  constructor(line, wrapped) {
    super();
    this.line = line;
    this.wrapped = wrapped;
    this.packet = Buffer.alloc(0);
    line.carrier = this;
  }

  _read() {}

  _write(bytes, _, done) {
    this.line.send(this.wrapped ? packets(bytes) : bytes);
    done();
  }

  _writev(chunks, done) {
    this._write(Buffer.concat(chunks.map((one) => one.chunk)), null, done);
  }

  arrived(bytes) {
    if (!this.wrapped) {
      this.push(bytes);
      return;
    }
    this.packet = Buffer.concat([this.packet, bytes]);
    while (this.packet.length >= 8) {
      const length = this.packet.readUInt16BE(2);
      const strange = (this.packet[0] !== 0x12 && this.packet[0] !== 4) || length < 8;
      if (!strange && this.packet.length < length) return;
      this.push(strange ? this.packet : this.packet.subarray(8, length));
      this.packet = strange ? Buffer.alloc(0) : this.packet.subarray(length);
    }
  }
}

// Do a handshake with this runtime's TLS; gives its error, or null. Then wait for what the server says late.
function handshake(line, server, options, inside) {
  return new Promise((resolve) => {
    let settled = false;
    const settle = (error) => {
      if (settled) return;
      settled = true;
      clearTimeout(late);
      resolve(error);
    };
    const late = setTimeout(() => { line.end('timeout'); settle(null); }, SECONDS * 1000);
    let socket;
    try {
      socket = tls.connect({
        socket: new Carrier(line, line.record.opens === 'tds-on'),
        host: server.host,
        servername: net.isIP(server.host) ? undefined : server.host,
        ...options,
      });
    } catch (error) {
      settle(error);
      return;
    }
    // Two secrets of this one connection, without which nobody could read the certificates in the bytes of TLS 1.3.
    // They open what the server says here, where nothing is said but the handshake.
    socket.on('keylog', (words) => {
      const [label, , secret] = words.toString('latin1').trim().split(' ');
      if (/^SERVER_(HANDSHAKE_TRAFFIC_SECRET|TRAFFIC_SECRET_0)$/.test(label)) line.record.secrets.push(secret);
    });
    socket.on('error', settle);
    socket.on('close', () => settle(null));
    socket.on('data', () => setTimeout(settle, 50, null));
    socket.on('secureConnect', () => {
      if (options.rejectUnauthorized || socket.getProtocol() !== 'TLSv1.3') {
        // The server's last flight of TLS 1.2 has been read, or it would not be secure.
        settle(null);
        return;
      }
      if (inside) socket.write(inside);
      const before = line.size;
      const tick = setInterval(() => { if (!inside && line.size > before) done(); }, 20);
      const done = () => { clearInterval(tick); settle(null); };
      setTimeout(done, LATE * 1000);
    });
  });
}

// A ClientHello of TLS 1.2 and older, written by hand: its answer shows the certificates in clear, whatever this
// runtime would refuse. The handshake is not gone on with.
function clientHello(server, alpn) {
  const sized = (width, ...parts) => {
    const body = Buffer.concat(parts.map((one) => (Buffer.isBuffer(one) ? one : Buffer.from(one))));
    const length = Buffer.alloc(width);
    length.writeUIntBE(body.length, 0, width);
    return Buffer.concat([length, body]);
  };
  const numbers = (...those) => Buffer.concat(those.map((one) => Buffer.from([one >> 8, one & 0xff])));
  const suites = numbers(
    0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc02b, 0xc02f, 0xc024, 0xc028, 0xc023, 0xc027, 0xc00a, 0xc014, 0xc009, 0xc013,
    0x009f, 0x009e, 0xccaa, 0x006b, 0x0067, 0x0039, 0x0033, 0x009d, 0x009c, 0x003d, 0x003c, 0x0035, 0x002f);
  const extensions = [[10, sized(2, numbers(29, 23, 24, 25))], [11, [1, 0]], [0xff01, [0]],
    [13, sized(2, numbers(0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201))]];
  if (!net.isIP(server.host)) extensions.push([0, sized(2, [0], sized(2, Buffer.from(server.host, 'latin1')))]);
  if (alpn) extensions.push([16, sized(2, sized(1, Buffer.from(alpn)))]);
  const body = Buffer.concat([numbers(0x0303), crypto.randomBytes(32), Buffer.from([0]), sized(2, suites),
    Buffer.from([1, 0]), sized(2, ...extensions.map(([kind, data]) => Buffer.concat([numbers(kind), sized(2, data)])))]);
  return Buffer.concat([Buffer.from([22, 3, 1]), sized(2, Buffer.from([1]), sized(3, body))]);
}

const SERVER_HELLO_DONE = Buffer.from([14, 0, 0, 0]);

async function bareHello(line, server, alpn) {
  const hello = clientHello(server, alpn);
  const before = line.size;
  line.send(line.record.opens === 'tds-on' ? packets(hello) : hello);
  await line.until((bytes) => {
    const answer = bytes.subarray(before);
    const alert = line.record.opens === 'tds-on' ? answer[8] === 21 : answer[0] === 21;
    return alert || (answer.length > 4 && answer.subarray(-4).equals(SERVER_HELLO_DONE));
  }, LATE * 2);
}

const ANY = {
  // Whatever the server shows is wanted; whether to trust it is judged elsewhere.
  rejectUnauthorized: false,
  minVersion: 'TLSv1',
  ciphers: process.versions.electron ? undefined : 'DEFAULT:@SECLEVEL=0',
  secureOptions: process.versions.electron ? undefined : crypto.constants.SSL_OP_LEGACY_SERVER_CONNECT,
};

function guesses(answer) {
  if (!answer.length) return ['postgres', 'mongodb', 'tls']; // these hang up when the first words are none of theirs
  if (answer[0] === 0x45) return ['postgres'];
  if (answer[0] === 21) return ['tls'];
  return answer[4] === 10 || answer[4] === 255 ? ['mysql'] : []; // a greeting, an error
}

// --- one server -----------------------------------------------------------------------------------------------------

async function look(server, ca) {
  const found = { ...server, address: null, failure: null, connections: [], words: [] };
  let addresses;
  try {
    addresses = await dns.promises.lookup(server.host, { all: true });
  } catch (error) {
    found.failure = { stage: 'name', code: String(error.code) };
    found.words.push({ code: String(error.code), message: String(error.message) });
    return found;
  }
  for (const { address } of addresses) {
    const line = new Line('tcp', 'runtime');
    const code = await line.connect(address, server.port);
    line.finished();
    found.failure = code ? { stage: 'tcp', code } : null;
    found.address = address;
    if (!code) break;
    found.words.push({ code, message: `connect ${code} ${address}:${server.port}` });
  }
  if (found.failure) return found;
  found.words = [];

  // One connection; `by` says whose handshake follows its first words, if any.
  const visit = async (opens, by, then) => {
    const line = new Line(opens, by);
    const code = await line.connect(found.address, server.port);
    if (code) {
      line.end('closed');
    } else {
      const at = await OPENINGS[opens](line);
      if (at >= 0 && then && !line.record.ended) await then(line);
    }
    const record = line.finished();
    if (by !== 'words') found.connections.push(record);
    return record;
  };

  const withTls = async (opens, alpn) => {
    const options = { ALPNProtocols: alpn ? [alpn] : undefined };
    if (opens === 'tds-on') options.maxVersion = 'TLSv1.2'; // no driver gets TLS 1.3 through TDS 7
    const inside = opens === 'tds8' ? prelogin(NOT_SUPPORTED) : null;
    let reached = false, failed = null;
    await visit(opens, 'runtime', async (line) => {
      reached = true;
      failed = await handshake(line, server, { ...options, ...ANY }, inside);
    });
    if (!reached) return;
    if (failed) await visit(opens, 'hello', (line) => bareHello(line, server, alpn));
    // What an application on this runtime is told, as it comes: with its own roots, or those of the CA file.
    await visit(opens, 'words', async (line) => {
      const error = await handshake(line, server, { ...options, rejectUnauthorized: true, ca });
      if (error) found.words.push({ code: String(error.code || ''), message: String(error.message).slice(0, 500) });
    });
  };

  const protocol = server.protocol;
  if (protocol === 'tds') {
    const first = await visit('tds-off', 'runtime');
    const answer = Buffer.from(first.received, 'base64');
    const silent = first.ended === 'timeout' && !answer.length;
    if (!silent) await withTls('tds-on');
    const strictly = !silent && (endOfMessage(answer) > 0 || !answer.length) && await strict();
    if (!silent && !strictly && endOfMessage(answer) <= 0 && !server.named) {
      // No SQL Server, and nobody said that it is one: go on with what its first bytes look like.
      for (const other of guesses(answer)) await (other === 'mongodb' ? visit(other, 'runtime') : withTls(other));
    }
  } else if (protocol === 'tds8') {
    await strict();
  } else if (protocol === 'mongodb') {
    await withTls('tls');
    if (!found.connections.some((one) => /^F[gw]M/.test(one.received))) await visit('mongodb', 'runtime'); // no TLS
  } else {
    await withTls(protocol);
  }
  return found;

  async function strict() {
    const before = found.words.length;
    await withTls('tds8', 'tds/8.0');
    // Of the two ways into one server the words of the one that the client takes count.
    if (protocol === 'tds' && server.encrypt !== 'strict') found.words.length = before;
    return found.connections.some((one) => one.opens === 'tds8' && one.received);
  }
}

// --- this machine ---------------------------------------------------------------------------------------------------

const PATHS = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'OPENSSL_CONF', 'OPENSSL_MODULES', 'JAVA_HOME',
  'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'PGSSLROOTCERT', 'PGSSLMODE'];
const SWITCHES = ['NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_USE_SYSTEM_CA', 'ELECTRON_RUN_AS_NODE'];
// Of these only the options that decide about trust: the rest may hold anything.
const OPTIONS = {
  NODE_OPTIONS: /--(?:use-(?:openssl|bundled|system)-ca|tls-(?:min|max)-v1\.[0-3]|openssl-legacy-provider|openssl-config=\S+)/g,
  JAVA_TOOL_OPTIONS: /-Djavax\.net\.ssl\.trustStore(?:Type)?=\S+/g,
  JDK_JAVA_OPTIONS: /-Djavax\.net\.ssl\.trustStore(?:Type)?=\S+/g,
};

function variables() {
  const found = [];
  for (const name of PATHS) if (process.env[name]) found.push({ name, value: process.env[name].slice(0, 500) });
  for (const name of SWITCHES) {
    if (process.env[name]) found.push({ name, value: /^[01]$/.test(process.env[name]) ? process.env[name] : 'set' });
  }
  for (const [name, wanted] of Object.entries(OPTIONS)) {
    const value = (process.env[name] || '').match(wanted);
    if (value) found.push({ name, value: value.join(' ').slice(0, 500) });
  }
  return found;
}

function roots() {
  const der = (pem) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const print = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');
  const found = [{ title: 'built-in roots of Node', kind: 'built-in',
    fingerprints: tls.rootCertificates.map((pem) => print(der(pem))) }];
  for (const kind of ['extra', 'system']) {
    // Node 22.15 and 23.10 are the first that tell.
    let pems = [];
    try { pems = tls.getCACertificates ? tls.getCACertificates(kind) : []; } catch { continue; }
    if (pems.length) {
      found.push({ title: kind === 'extra' ? 'file of NODE_EXTRA_CA_CERTS' : "system's store, as Node reads it",
        kind, certificates: pems.slice(0, 2000).map((pem) => der(pem).toString('base64')) });
    }
  }
  return found;
}

function javaHomes() {
  const parents = process.platform === 'win32'
    ? ['Java', 'Eclipse Adoptium', 'Microsoft', 'Zulu', 'Amazon Corretto'].map((one) => path.join(process.env.ProgramFiles || 'C:\\Program Files', one))
    : ['/usr/lib/jvm', '/opt', '/Library/Java/JavaVirtualMachines'];
  const homes = process.env.JAVA_HOME ? [process.env.JAVA_HOME] : [];
  for (const parent of parents) {
    try { for (const name of fs.readdirSync(parent).slice(0, 50)) homes.push(path.join(parent, name)); } catch { continue; }
  }
  const inside = ['lib/security/cacerts', 'jre/lib/security/cacerts', 'Contents/Home/lib/security/cacerts'];
  return homes.map((home) => inside.map((one) => path.join(home, one)).find((one) => fs.existsSync(one))).filter(Boolean);
}

// The certificates of a CA file, and nothing else that may be in it.
function caFile(name) {
  const data = fs.readFileSync(name);
  const text = data.toString('latin1');
  if (data.length > MOST_FILE) return { path: name, left_out: 'it is larger than a CA file gets' };
  if (/PRIVATE KEY/.test(text)) return { path: name, left_out: 'it holds a private key' };
  if (/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/.test(text)) return { path: name, data: data.toString('base64') };
  try { new crypto.X509Certificate(data); } catch { return { path: name, left_out: 'it holds no certificate' }; }
  return { path: name, data: data.toString('base64') };
}

function tailOf(name) {
  const handle = fs.openSync(name, 'r');
  try {
    const size = fs.fstatSync(handle).size;
    const bytes = Buffer.alloc(Math.min(size, TAIL));
    fs.readSync(handle, bytes, 0, bytes.length, size - bytes.length);
    const secret = /((?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|authorization|credentials?)["']?\s*[:=]\s*)("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s,;&}]+)|(:\/\/[^\s:\/@]*:)[^\s@]+@/gi;
    const text = bytes.toString('utf8').replace(secret, (_, key, value, user) => (user ? `${user}***@` : `${key}***`));
    return { path: name, tail: text.replace(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END|$)/g, '*** private key ***') };
  } finally {
    fs.closeSync(handle);
  }
}

// --- what is asked, what is shown, what is written -------------------------------------------------------------------

function parseServer(text) {
  const found = /^(?:([a-z0-9]+):\/\/)?(\[[0-9a-fA-F:.]+\]|[^\s\/:,;=@\\?#]+)(?:[:,](\d{1,5}))?\/?$/.exec(text);
  if (!found || (found[1] && !SCHEMES[found[1]])) {
    throw new Error(`Not a server: give HOST:PORT or SCHEME://HOST:PORT, without user and password (${Object.keys(SCHEMES).join(', ')}).`);
  }
  const host = found[2].replace(/^\[|\]$/g, '');
  const given = found[3] ? Number(found[3]) : 0;
  const byPort = Object.keys(PORTS).find((one) => PORTS[one] === given && one !== 'tls' && one !== 'tds8');
  const protocol = found[1] ? SCHEMES[found[1]] : byPort || 'tds';
  return { host, port: given || PORTS[protocol], protocol, named: Boolean(found[1]), encrypt: null };
}

function parseArguments(words) {
  const asked = { servers: [...GIVEN.servers], out: 'case.collected.json', ca: null, log: null, yes: false };
  for (let at = 0; at < words.length; at += 1) {
    if (words[at] === '--yes') asked.yes = true;
    else if (['--ca', '--log', '--out'].includes(words[at]) && words[at + 1]) asked[words[at].slice(2)] = words[(at += 1)];
    else if (words[at].startsWith('-')) throw new Error(`There is no option ${words[at]}.`);
    else asked.servers.push(parseServer(words[at]));
  }
  if (!asked.servers.length) throw new Error('Name a server: HOST:PORT.');
  return asked;
}

function shown(found) {
  const say = (text) => process.stdout.write(`${String(text).replace(/[^\x20-\x7e\u00a0-\uffff]/g, '?')}\n`);
  say(''); say('This is what the file will hold:');
  say(`  runtime     ${Object.values(found.runtime).filter(Boolean).join(', ')}`);
  for (const { name, value } of found.variables) say(`  variable    ${name}=${value}`);
  for (const store of found.stores) say(`  roots       ${store.title}: ${(store.certificates || store.fingerprints).length}`);
  for (const home of found.java) say(`  Java        ${home}`);
  for (const file of found.files) say(`  CA file     ${file.path}${file.left_out ? `, not its content: ${file.left_out}` : ', its certificates'}`);
  for (const server of found.servers) {
    say(`  server      ${server.host}:${server.port}${server.address ? `, ${server.address}` : ''}`);
    for (const one of server.connections) say(`    ${one.opens.padEnd(10)}${Buffer.from(one.received, 'base64').length} bytes received, ended: ${one.ended}`);
    for (const one of server.words) say(`    ${one.code} ${one.message}`);
  }
  if (found.log) {
    say(`  log         the end of ${found.log.path}:`);
    for (const text of found.log.tail.split('\n')) say(`    | ${text}`);
  }
}

function confirmed(question) {
  return new Promise((resolve) => {
    const asking = require('readline').createInterface({ input: process.stdin, output: process.stdout });
    asking.question(question, (answer) => { asking.close(); resolve(/^y(es)?$/i.test(answer.trim())); });
  });
}

async function main() {
  const asked = parseArguments(process.argv.slice(2));
  if (fs.existsSync(asked.out)) throw new Error(`${asked.out} is there already: give --out another name.`);
  process.stdout.write(`Connecting to ${asked.servers.map((one) => `${one.host}:${one.port}`).join(', ')}: a few handshakes each, no login.\n`);
  const { node, openssl, electron } = process.versions;
  const found = {
    format: 'certdoctor-collected',
    schema: '1.0',
    collected_at: new Date().toISOString(),
    runtime: { name: electron ? 'Electron' : 'Node', version: electron || node, node, openssl, platform: process.platform,
      arch: process.arch, release: os.release() },
    application: GIVEN.application || null,
    variables: variables(),
    stores: roots(),
    java: javaHomes(),
    files: asked.ca ? [caFile(asked.ca)] : [],
    log: asked.log ? tailOf(asked.log) : null,
    servers: [],
  };
  const ca = found.files.length && found.files[0].data ? Buffer.from(found.files[0].data, 'base64') : undefined;
  for (const server of asked.servers) found.servers.push(await look(server, ca));
  shown(found);
  if (process.stdin.isTTY && !asked.yes && !(await confirmed(`Write ${asked.out}? [y/N] `))) {
    process.stdout.write('Nothing was written.\n');
    return;
  }
  // A new file, or none: "wx" fails where the name is taken.
  fs.writeFileSync(asked.out, `${JSON.stringify(found, null, 1)}\n`, { flag: 'wx', mode: 0o600 });
  process.stdout.write(`Written: ${path.resolve(asked.out)}. Nothing was sent anywhere: send this file yourself.\n`);
}

if (process.versions.electron && process.type) {
  process.stderr.write('Set ELECTRON_RUN_AS_NODE=1 first: this is a script, not an application.\n');
  process.exit(2);
}
main().then(() => process.exit(0), (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
});
