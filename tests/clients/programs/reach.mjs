// Where the lead of the proxy goes beside the common way: base URLs, workers, child processes, sessions; and where not.
import { execFile } from 'node:child_process'
import http from 'node:http'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'

const url = 'https://depot.example/items/7'
// Bodies are read: a connection that waits for it keeps a process alive.
const ask = async (url) => {
  const answer = await fetch(url)
  await answer.text()
  return answer.status
}
const code = `fetch('${url}').then((answer) => answer.text().then(() => answer.status))`

console.log('base', await ask(`${process.env.TESTIMONY_URL}/items/404`))
console.log('base', await new Promise((resolve, reject) => {
  http.get(`${process.env.TESTIMONY_URL}/items/7`, (answer) => {
    answer.resume()
    answer.on('end', () => resolve(answer.statusCode))
  }).on('error', reject)
}))
console.log('worker', await new Promise((resolve, reject) => {
  const worker = new Worker(`${code}.then((status) => require('worker_threads').parentPort.postMessage(status))`, { eval: true })
  worker.on('message', resolve)
  worker.on('error', reject)
}))
const child = await promisify(execFile)(process.execPath, ['-e', `${code}.then(console.log)`])
console.log('child', child.stdout.trim())
// Credentials of the proxy's URL name a session.
const proxy = process.env.HTTPS_PROXY
const told = await new Promise((resolve) => {
  const server = http.createServer().on('connect', (request, socket) => {
    resolve(request.headers['proxy-authorization'])
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    server.close()
  })
  server.listen(0, '127.0.0.1', () => {
    const other = `http://alpha:b%20c@127.0.0.1:${server.address().port}`
    for (const name of ['HTTPS_PROXY', 'https_proxy']) process.env[name] = other
    ask('https://other.example/').catch((error) => console.log(error.cause.message.replace(/:\d+:/, ':')))
  })
})
console.log('credentials', Buffer.from(told.split(' ')[1], 'base64').toString())
for (const name of ['HTTPS_PROXY', 'https_proxy']) process.env[name] = proxy
// A host that the program exempts goes past the proxy, and is not found there.
process.env.NO_PROXY = process.env.no_proxy = 'other.example,.third.example'
for (const host of ['other.example', 'a.third.example']) {
  console.log('exempt', await ask(`https://${host}/`).catch((error) => error.cause.code))
}
console.log('not exempt', await ask(url))
