// A server or a client of HTTP/2 that has nothing in common with the product: Node's.
const http2 = require('node:http2')
const http = require('node:http')
const tls = require('node:tls')
const fs = require('node:fs')
const [, , role, ...rest] = process.argv

function serve(server) {
  server.on('stream', (stream, headers) => {
    const pieces = []
    stream.on('error', () => {})
    stream.on('data', (piece) => pieces.push(piece))
    stream.on('end', () => {
      if (stream.destroyed) return
      stream.respond({ ':status': 201, 'x-path': headers[':path'], 'set-cookie': ['a=1', 'b=2'] }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': String(Buffer.concat(pieces).length) }))
      stream.end(Buffer.concat(pieces))
    })
  })
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
}

function ask(session, url, count) {
  let left = count
  const got = []
  for (let n = 0; n < count; n++) {
    const request = session.request({ ':method': 'POST', ':path': `${url}?n=${n}`, cookie: ['a=1', 'b=2'] })
    const seen = { n, body: '' }
    request.setEncoding('utf8')
    request.on('response', (headers) => { seen.status = headers[':status']; seen.cookies = headers['set-cookie'] })
    request.on('trailers', (headers) => { seen.sum = headers['x-sum'] })
    request.on('data', (text) => { seen.body += text })
    request.on('end', () => {
      got[n] = seen
      if (--left === 0) { console.log(JSON.stringify(got)); session.close() }
    })
    request.write(`piece ${n} `)
    request.end('end')
  }
}

if (role === 'serve') serve(http2.createServer())
if (role === 'serve-secure') {
  serve(http2.createSecureServer({ cert: fs.readFileSync(rest[0]), key: fs.readFileSync(rest[1]), allowHTTP1: true }))
}
if (role === 'plain') ask(http2.connect(rest[0]), '/n', Number(rest[1]))
if (role === 'tunnel') {
  const [proxy, authority, ca, count] = rest
  const { hostname, port } = new URL(proxy)
  const connect = http.request({ host: hostname, port, method: 'CONNECT', path: authority })
  connect.on('connect', (response, socket) => {
    const servername = authority.split(':')[0]
    const secure = tls.connect({ socket, servername, ca: fs.readFileSync(ca), ALPNProtocols: ['h2', 'http/1.1'] }, () => {
      ask(http2.connect(`https://${authority}`, { createConnection: () => secure }), '/n', Number(count))
    })
  })
  connect.end()
}
