import { installed, travel } from './steps.mjs'

const { request } = installed('undici')

// The package's own functions, with the dispatcher that is set for the process.
async function send (method, url, { json, body }) {
  const headers = json ? { 'content-type': 'application/json' } : {}
  const answer = await request(url, { method, headers, body: json ? JSON.stringify(json) : body })
  const whole = Buffer.from(await answer.body.arrayBuffer())
  if (answer.statusCode === 302) return send(method, new URL(answer.headers.location, url).href, {})
  const { gunzipSync } = await import('node:zlib')
  const zipped = answer.headers['content-encoding'] === 'gzip'
  return [answer.statusCode, (zipped ? gunzipSync(whole) : whole).toString()]
}

await travel(send)
