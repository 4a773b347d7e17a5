import { installed, travel } from './steps.mjs'

const axios = installed('axios')

await travel(async (method, url, { json, body }) => {
  const settings = { method, url, data: json || body, responseType: 'text', validateStatus: () => true }
  const answer = await axios.request({ ...settings, transformResponse: (text) => text })
  return [answer.status, answer.data]
})
