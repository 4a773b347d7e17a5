import http, { request as plain } from 'node:http'
import https, { request as secure } from 'node:https'
import { gunzipSync } from 'node:zlib'
import { travel } from './steps.mjs'

// Programs that keep connections make agents; those go through the proxy, too.
const own = process.argv[2] === 'own'
const agents = own
  ? { 'http:': new http.Agent({ keepAlive: true }), 'https:': new https.Agent({ keepAlive: true }) }
  : {}

function send (method, url, { json, body }) {
  const target = new URL(url)
  const content = json ? Buffer.from(JSON.stringify(json)) : body
  const headers = json ? { 'Content-Type': 'application/json' } : {}
  if (content) headers['Content-Length'] = content.length
  if (method === 'PUT') headers.Expect = '100-continue'
  return new Promise((resolve, reject) => {
    const start = target.protocol === 'https:' ? secure : plain
    const request = start(target, { method, headers, agent: agents[target.protocol] }, (response) => {
      const pieces = []
      response.on('data', (piece) => pieces.push(piece))
      response.on('end', () => {
        if (response.statusCode === 302) {
          resolve(send(method, new URL(response.headers.location, url).href, {}))
          return
        }
        const whole = Buffer.concat(pieces)
        const zipped = response.headers['content-encoding'] === 'gzip'
        resolve([response.statusCode, (zipped ? gunzipSync(whole) : whole).toString()])
      })
    })
    request.on('error', reject)
    if (headers.Expect) request.on('continue', () => request.end(content))
    else request.end(content)
  })
}

await travel(send)
for (const agent of Object.values(agents)) agent.destroy()
