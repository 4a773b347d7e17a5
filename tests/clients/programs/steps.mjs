// The journey of every Node client, told by a function that sends one request.
import { createRequire } from 'node:module'

export const base = 'https://depot.example'
const large = Buffer.alloc(1200000, 'a large body\n')

// `send(method, url, { json, body })` answers with status and text.
export async function travel (send) {
  const steps = [
    ['list', 'GET', `${base}/items?page=1&size=2`],
    ['list', 'GET', `${base}/items?page=1&size=2`],
    ['create', 'POST', `${base}/items`, { json: { name: 'räksmörgås', tags: ['a', 'b'] } }],
    ['missing', 'GET', `${base}/items/404`],
    ['moved', 'GET', `${base}/moved`],
    ['zipped', 'GET', `${base}/zipped`],
    ['upload', 'PUT', `${base}/large`, { body: large }],
    ['stream', 'GET', `${base}/stream`],
    ['delete', 'DELETE', `${base}/items/7`],
    ['head', 'HEAD', `${base}/items?page=3`],
    ['plain', 'GET', 'http://depot.example/plain']
  ]
  for (const [name, method, url, content = {}] of steps) {
    const [status, text] = await send(method, url, content)
    console.log(name, status, text)
  }
  // At once, in whatever order they arrive.
  const urls = Array.from({ length: 10 }, (_, n) => `${base}/items/${404 + n}`)
  const answers = await Promise.all(urls.map((url) => send('GET', url, {})))
  console.log('at once', ...answers.map(([status]) => status))
}

// A package from the folder that the tests install into.
export function installed (name) {
  return createRequire(`${process.env.DEPOT_MODULES}/`)(name)
}
