// Answers what Node does with files. The questions come as JSON in the file named first:
// [{use: "ca" | "cert" | "key", file, cert, key, own_cert, own_key}], answered with true or false each.
// With a second argument, the only question is whether NODE_EXTRA_CA_CERTS makes the server of that
// certificate trusted (Node reads the variable once, when it starts).
'use strict'
const crypto = require('crypto')
const fs = require('fs')
const tls = require('tls')

const read = (path) => fs.readFileSync(path)
const works = (act) => {
  try {
    act()
    return true
  } catch {
    return false
  }
}

const trusted = ({ ca, cert, key }) =>
  new Promise((resolve) => {
    const server = tls.createServer({ cert: read(cert), key: read(key) }, (socket) => socket.end())
    server.on('tlsClientError', () => {})
    const end = (answer) => {
      server.close()
      resolve(answer)
    }
    server.listen(0, '127.0.0.1', () => {
      const options = { port: server.address().port, host: '127.0.0.1', servername: 'localhost' }
      if (ca) options.ca = read(ca)
      const socket = tls.connect(options, () => {
        socket.destroy()
        end(true)
      })
      socket.on('error', () => end(false))
    })
  })

const answer = (question) => {
  const { use, file, own_cert: cert, own_key: key } = question
  if (use === 'ca') return trusted({ ca: file, cert, key })
  if (use === 'cert') return works(() => tls.createSecureContext({ cert: read(file), key: read(key) }))
  const one = works(() => tls.createSecureContext({ cert: read(cert), key: read(file) }))
  const other = works(() => crypto.createPrivateKey(read(file)))
  return one === other ? one : `createSecureContext ${one}, createPrivateKey ${other}`
}

const main = async () => {
  const [questions, cert, key] = process.argv.slice(2)
  if (cert) return trusted({ cert, key })
  const answers = []
  for (const question of JSON.parse(fs.readFileSync(questions))) answers.push(await answer(question))
  return answers
}

main().then((answers) => process.stdout.write(JSON.stringify(answers)))
