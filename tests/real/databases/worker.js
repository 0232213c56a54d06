// Runs Node drivers: one job a line on standard input, one answer a line on standard output.
'use strict';

const readline = require('node:readline');

const MS = 5000;

const drivers = {
  'node-postgres': async (job) => {
    const { Client } = require('pg');
    const client = new Client({ connectionString: job.url, connectionTimeoutMillis: MS, ...job.options });
    client.on('error', () => {});
    try {
      await client.connect();
      const found = await client.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
      return found.rows[0].ssl;
    } finally {
      await client.end().catch(() => {});
    }
  },
  mysql2: async (job) => {
    const mysql = require('mysql2/promise');
    const line = await mysql.createConnection({ connectTimeout: MS, ...job.options });
    try {
      const [rows] = await line.query("show session status like 'Ssl_cipher'");
      return Boolean(rows[0].Value);
    } finally {
      line.destroy();
    }
  },
  'mariadb-node': async (job) => {
    const mariadb = require('mariadb');
    const line = await mariadb.createConnection({ connectTimeout: MS, ...job.options });
    try {
      const rows = await line.query("show session status like 'Ssl_cipher'");
      return Boolean(rows[0].Value);
    } finally {
      line.destroy();
    }
  },
  'mongodb-node': async (job) => {
    const { MongoClient } = require('mongodb');
    const client = new MongoClient(job.url, { serverSelectionTimeoutMS: job.milliseconds, connectTimeoutMS: 3000 });
    try {
      return Boolean((await client.db('admin').command({ ping: 1 })).encrypted);
    } finally {
      await client.close();
    }
  },
};

const packages = { 'node-postgres': 'pg', mysql2: 'mysql2', 'mariadb-node': 'mariadb', 'mongodb-node': 'mongodb' };

function version(driver) {
  const fs = require('node:fs');
  const path = require('node:path');
  const name = packages[driver];
  let folder = path.dirname(require.resolve(name));
  while (!fs.existsSync(path.join(folder, 'package.json')) || JSON.parse(fs.readFileSync(path.join(folder, 'package.json'))).name !== name) {
    folder = path.dirname(folder);
  }
  const found = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'))).version;
  return `${name} ${found}, Node ${process.versions.node}, OpenSSL ${process.versions.openssl.split('+')[0]}`;
}

async function answer(job) {
  if (job.ask === 'version') return { version: version(job.driver) };
  try {
    return { connected: true, encrypted: await drivers[job.driver](job), code: null, message: '' };
  } catch (problem) {
    const cause = problem.cause;
    return { connected: false, encrypted: null, code: problem.code ?? (cause && cause.code) ?? null, message: problem.message || String(problem) };
  }
}

(async () => {
  process.on('uncaughtException', () => {});
  process.on('unhandledRejection', () => {});
  process.emitWarning = () => {};
  for await (const asked of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(asked)))}\n`);
  }
})();
