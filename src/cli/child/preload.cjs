// Written by `testimony`, and required by every Node process of the command that it runs.
//
// Node before 22.21 and 24.5 does not heed HTTP_PROXY and HTTPS_PROXY by itself, and later ones do for their
// global agents alone. This leads every agent of `http` and `https`, and `fetch`, through a tunnel of the proxy
// that these variables name. What is sent inside the tunnel stays Node's own. An agent that Node leads itself is
// left alone.
'use strict'

const http = require('http')
const https = require('https')
const net = require('net')
const tls = require('tls')

// The variables are read anew for each connection: a program may change its proxy, or exempt a host.
function variable (name) {
  return process.env[name.toLowerCase()] || process.env[name.toUpperCase()] || ''
}

function isExempt (host, port) {
  return variable('no_proxy').toLowerCase().split(/[\s,]+/).some((entry) => {
    if (entry === '*') return true
    const [, name, , only] = /^\*?(.*?)(:(\d+))?$/.exec(entry)
    if (name === '' || (only && only !== String(port))) return false
    return host === name || host.endsWith(name.startsWith('.') ? name : `.${name}`)
  })
}

// The proxy for a connection; none where it is the proxy that is asked for.
function proxyFor (protocol, host, port) {
  const text = variable(protocol === 'https:' ? 'https_proxy' : 'http_proxy')
  if (text === '' || isExempt(host.toLowerCase(), port)) return undefined
  let proxy
  try {
    proxy = new URL(text)
  } catch {
    return undefined
  }
  const own = proxy.hostname.replace(/^\[|\]$/g, '')
  const isOwn = host === own && String(port) === (proxy.port || '80')
  return proxy.protocol !== 'http:' || isOwn ? undefined : proxy
}

// Opens a tunnel, and hands a connected socket over.
function tunnel (proxy, host, port, done) {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const headers = { Host: authority }
  if (proxy.username !== '') {
    const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
    headers['Proxy-Authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`
  }
  const to = { host: proxy.hostname.replace(/^\[|\]$/g, ''), port: Number(proxy.port || 80) }
  // Straight there, by no agent: the proxy for this scheme may be another one than that for plain HTTP.
  const createConnection = () => net.connect(to)
  const request = http.request({ ...to, method: 'CONNECT', path: authority, headers, createConnection })
  request.once('connect', (response, socket, rest) => {
    if (response.statusCode !== 200) {
      socket.destroy()
      done(new Error(`${proxy.host}: no tunnel to ${authority}: ${response.statusCode}`))
      return
    }
    if (rest.length > 0) socket.unshift(rest)
    done(null, socket)
  })
  request.once('error', done)
  request.end()
}

// Lets the sockets that an agent opens begin in a tunnel. Agents with a way of their own keep it.
function lead (prototype, protocol) {
  const direct = prototype.createConnection
  prototype.createConnection = function (options, done) {
    const port = options && Number(options.port || (protocol === 'https:' ? 443 : 80))
    const host = options && String(options.host || 'localhost')
    const bound = options && (options.socketPath || options.socket || (this.options || {}).proxyEnv)
    const proxy = typeof done === 'function' && options && !bound && proxyFor(protocol, host, port)
    if (!proxy) return direct.apply(this, arguments)
    tunnel(proxy, host, port, (error, socket) => {
      if (error) return done(error)
      if (protocol === 'http:') return done(null, socket)
      done(null, direct.call(this, { ...options, socket }))
    })
    return undefined
  }
}

// Connects for `fetch` and what else takes the global dispatcher, as that asks for it.
function connect (options, done) {
  const secure = options.protocol === 'https:'
  const host = options.hostname.replace(/^\[|\]$/g, '')
  const port = Number(options.port || (secure ? 443 : 80))
  const encrypt = (socket) => {
    const name = options.servername || host
    const encrypted = tls.connect({
      host,
      port,
      socket,
      servername: net.isIP(name) ? '' : name,
      ALPNProtocols: ['http/1.1']
    })
    ready(encrypted, 'secureConnect')
  }
  const ready = (socket, event) => {
    const failed = (error) => done(error, null)
    socket.setNoDelay(true)
    socket.once('error', failed)
    socket.once(event, () => {
      socket.removeListener('error', failed)
      done(null, socket)
    })
  }
  const proxy = proxyFor(options.protocol, host, port)
  if (!proxy) {
    if (secure) encrypt(undefined)
    else ready(net.connect({ host, port }), 'connect')
    return
  }
  tunnel(proxy, host, port, (error, socket) => {
    if (error) done(error, null)
    else if (secure) encrypt(socket)
    else done(null, socket)
  })
}

// The class of Node's own dispatcher is reached through the one that it makes when it is loaded. One of another
// class was set by Node, because it heeds the variables, or by the program, and stays.
function leadFetch () {
  const key = Symbol.for('undici.globalDispatcher.1')
  const found = globalThis[key] || (globalThis.Headers && globalThis[key])
  if (found && found.constructor.name === 'Agent') globalThis[key] = new found.constructor({ connect })
}

lead(http.Agent.prototype, 'http:')
lead(https.Agent.prototype, 'https:')
leadFetch()
