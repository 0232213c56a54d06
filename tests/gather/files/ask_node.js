// Reads questions as JSON from the file named first and prints one answer a question: "ok" or the error.
// {op: "load", cert, key, pfx, passphrase}: tls.createSecureContext with these files.
// {op: "key", key, passphrase}: crypto.createPrivateKey.
// {op: "trust", ca}: connect to a server on 127.0.0.1 that has the certificate and key named last.
'use strict'
const crypto = require('crypto')
const fs = require('fs')
const tls = require('tls')

const [questions, certificate, key] = process.argv.slice(2)
const read = (path) => (path === undefined ? undefined : fs.readFileSync(path))
const words = (error) => [error.code, error.message].filter(Boolean).join(' ')

const attempt = (act) => {
  try {
    act()
    return 'ok'
  } catch (error) {
    return words(error)
  }
}

const server = tls.createServer({ cert: read(certificate), key: read(key) }, (socket) => socket.end())
server.on('tlsClientError', () => {})

const trust = (ca) =>
  new Promise((resolve) => {
    const options = { port: server.address().port, host: '127.0.0.1', servername: 'localhost', ca: read(ca) }
    const socket = tls.connect(options, () => {
      socket.destroy()
      resolve('ok')
    })
    socket.on('error', (error) => resolve(words(error)))
  })

const answer = async ({ op, ca, cert, key, pfx, passphrase }) => {
  if (op === 'trust') return trust(ca)
  if (op === 'key') return attempt(() => crypto.createPrivateKey({ key: read(key), passphrase }))
  return attempt(() => tls.createSecureContext({ cert: read(cert), key: read(key), pfx: read(pfx), passphrase }))
}

server.listen(0, '127.0.0.1', async () => {
  const answers = []
  for (const question of JSON.parse(fs.readFileSync(questions))) answers.push(await answer(question))
  process.stdout.write(JSON.stringify(answers))
  server.close()
})
