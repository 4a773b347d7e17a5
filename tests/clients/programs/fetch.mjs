import { travel } from './steps.mjs'

await travel(async (method, url, { json, body }) => {
  const headers = json ? { 'Content-Type': 'application/json' } : {}
  const answer = await fetch(url, { method, headers, body: json ? JSON.stringify(json) : body })
  return [answer.status, await answer.text()]
})
