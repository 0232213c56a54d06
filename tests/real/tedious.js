// Makes one connection with tedious or mssql and prints what the driver says, as one line of JSON.
//
// Input: a JSON object on standard input:
//   {"module": "tedious" | "tedious-new" | "mssql", "root": folder that holds node_modules,
//    "host", "port", "encrypt": true | false | "strict" | null, "trust": true | false | null, "ca": file or null,
//    "cert": file or null, "key": file or null, "timeout": milliseconds}
// Output: {"ok", "version", "name", "code", "message", "cause", "causeCode", "stack", "printed"}
'use strict';

const fs = require('fs');
const path = require('path');
const util = require('util');

const USER = 'practice';
const PASSWORD = 'practice'; // the practice server refuses every login

function versions(job) {
  const read = (name) => require(path.join(job.root, 'node_modules', name, 'package.json')).version;
  const driver = job.module === 'mssql' ? `mssql ${read('mssql')}, tedious ${read('tedious')}` : `tedious ${read(job.module)}`;
  return `${driver}, Node ${process.versions.node}`;
}

function report(job, error) {
  const inner = error && (error.cause || (error.originalError && error.originalError.cause));
  const answer = {
    ok: !error,
    version: versions(job),
    name: error ? error.name : null,
    code: error ? error.code || null : null,
    message: error ? error.message : null,
    cause: inner ? inner.message : null,
    causeCode: inner ? inner.code || null : null,
    stack: error ? error.stack : null,
    printed: error ? util.inspect(error) : null, // what console.error would print
  };
  fs.writeSync(1, JSON.stringify(answer) + '\n');
  process.exit(0);
}

function options(job) {
  const read = (file) => (file ? fs.readFileSync(file) : undefined);
  const wanted = {
    encrypt: job.encrypt,
    trustServerCertificate: job.trust,
    cryptoCredentialsDetails: { ca: read(job.ca), cert: read(job.cert), key: read(job.key) },
  };
  if (!job.ca) delete wanted.cryptoCredentialsDetails.ca;
  // null leaves a setting as the driver has it
  if (job.encrypt === null) delete wanted.encrypt;
  if (job.trust === null) delete wanted.trustServerCertificate;
  return wanted;
}

function withTedious(job) {
  const { Connection } = require(path.join(job.root, 'node_modules', job.module));
  const connection = new Connection({
    server: job.host,
    authentication: { type: 'default', options: { userName: USER, password: PASSWORD } },
    options: { ...options(job), port: job.port, connectTimeout: job.timeout, connectionRetryInterval: 10, maxRetriesOnTransientErrors: 0 },
  });
  connection.on('error', () => {}); // a late error after the first one would end the process
  connection.connect((error) => report(job, error));
}

function withMssql(job) {
  const sql = require(path.join(job.root, 'node_modules', job.module));
  const pool = new sql.ConnectionPool({
    server: job.host,
    port: job.port,
    user: USER,
    password: PASSWORD,
    connectionTimeout: job.timeout,
    options: options(job),
  });
  pool.on('error', () => {});
  pool.connect().then(() => report(job, null), (error) => report(job, error));
}

const job = JSON.parse(fs.readFileSync(0, 'utf8'));
if (job.module === 'mssql') withMssql(job);
else withTedious(job);
