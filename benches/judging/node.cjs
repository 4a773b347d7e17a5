// Prism's validation proxy, openapi-backend, express-openapi-validator, openapi-response-validator and jest-openapi
// on FOLDER/cases.json: which exchanges each reports. Arguments: FOLDER, the document, folder of the packages.
const fs = require('fs'), http = require('http'), path = require('path');
const { spawn } = require('child_process');
const { createRequire } = require('module');
const [folder, file, packages] = process.argv.slice(2);
const load = createRequire(path.resolve(packages, 'package.json'));
const cases = JSON.parse(fs.readFileSync(path.join(folder, 'cases.json')));
const bytes = (text) => Buffer.from(text, 'base64');
const lower = (pairs) => Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value]));
const CODING = ['wrong-coding', 'unknown-coding'];
// Node's own parser refuses methods that it does not know before any of these see them.
const METHOD = ['unknown-method'];
const found = {};
const base = '/v1';
const local = (c) => { const url = new URL(c.url); return url.pathname.replace(base, '') + url.search; };
const parsed = (c) => { try { return JSON.parse(bytes(c.response_plain).toString()); } catch { return bytes(c.response_plain).toString(); } };

/** Sends a case's request to a server as it stands; resolves to status, headers and body. */
function ask(port, c, prefix = '') {
  return new Promise((resolve) => {
    const socket = require('net').connect(port, '127.0.0.1');
    const body = bytes(c.body);
    const skip = new Set(['host', 'content-length', 'connection', 'transfer-encoding']);
    const fields = c.headers.filter(([n]) => !skip.has(n.toLowerCase())).map(([n, v]) => `${n}: ${v}\r\n`).join('');
    socket.write(`${c.method} ${prefix}${local(c)} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Case: ${c.exchange}\r\n${fields}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`);
    socket.write(body);
    const parts = [];
    socket.setTimeout(10000, () => socket.destroy());
    socket.on('data', (part) => parts.push(part));
    socket.on('error', () => resolve(''));
    socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')));
  });
}

/** Serves each case's recorded answer to the request that names it. */
function upstream(wire) {
  const server = http.createServer((request, response) => {
    const c = cases[Number(request.headers['x-case']) - 1];
    const skip = new Set(['content-length', 'connection', 'transfer-encoding', 'keep-alive']);
    const body = bytes(wire ? c.response_wire : c.response_plain);
    request.resume().on('end', () => {
      try {
        response.writeHead(c.status, c.response_headers.filter(([n]) => !skip.has(n.toLowerCase())).flat());
      } catch (error) { console.error('upstream', c.exchange, error.message); response.writeHead(c.status); }
      response.end(body);
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function prism() {
  const server = await upstream(true);
  const port = 20000 + Math.floor(Math.random() * 20000);
  const child = spawn(process.execPath, [load.resolve('@stoplight/prism-cli/dist/index.js'), 'proxy', file,
    `http://127.0.0.1:${server.address().port}`, '--port', String(port), '--host', '127.0.0.1'], { stdio: ['ignore', 'pipe', 'pipe'] });
  await new Promise((resolve) => child.stdout.on('data', (d) => String(d).includes('is listening') && resolve()));
  child.stdout.resume(); child.stderr.resume();
  const reported = [];
  for (const c of cases) {
    const answer = await ask(port, c);
    if (/^sl-violations:/im.test(answer) || /stoplight\.io\/prism\/errors/.test(answer) || answer === '') reported.push(c.exchange);
  }
  child.kill(); server.close();
  found['Prism proxy'] = { found: reported, blind: METHOD };
}

async function backend() {
  const { OpenAPIBackend } = load('openapi-backend');
  const formats = load('ajv-formats');
  const api = new OpenAPIBackend({ definition: file, apiRoot: base, customizeAjv: (ajv) => { formats(ajv); return ajv; }, ajvOpts: { strict: false } });
  await api.init();
  const reported = [];
  for (const c of cases) {
    const request = { method: c.method, path: new URL(c.url).pathname, query: new URL(c.url).search.slice(1), headers: lower(c.headers), body: bytes(c.body).toString() || undefined };
    let bad = false;
    try {
      const operation = api.matchOperation(request);
      if (!operation) bad = true;
      else {
        if (c.status < 400) {
          try { request.body = JSON.parse(request.body); } catch { /* stays text */ }
          bad = !api.validateRequest(request, operation).valid;
        }
        bad = bad || !api.validateResponse(parsed(c), operation, c.status).valid;
        bad = bad || !api.validateResponseHeaders(lower(c.response_headers), operation, { statusCode: c.status }).valid;
      }
    } catch (error) { bad = true; }
    if (bad) reported.push(c.exchange);
  }
  found['openapi-backend'] = { found: reported, blind: CODING };
}

async function express() {
  const make = load('express'), validator = load('express-openapi-validator');
  const app = make();
  app.use((request, response, next) => { request.case = cases[Number(request.headers['x-case']) - 1]; next(); });
  app.use(make.json({ type: ['json', '+json'] }), make.text());
  app.use(validator.middleware({
    apiSpec: file, validateResponses: true, validateApiSpec: false,
    validateRequests: true, validateSecurity: { handlers: { token: () => true } },
  }));
  app.use((request, response) => {
    const c = request.case, headers = lower(c.response_headers);
    delete headers['content-length']; delete headers['content-encoding'];
    response.status(c.status).set(headers);
    const body = bytes(c.response_plain).toString();
    // It judges what is handed over as a value; text is sent as it is.
    try { response.json(JSON.parse(body)); } catch (error) { if (error instanceof SyntaxError) response.send(body); else throw error; }
  });
  app.use((error, request, response, next) => {
    request.case.refused = error; response.status(599).set('x-refused', '1').end();
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.on('listening', resolve));
  const reported = [];
  for (const c of cases) {
    await ask(server.address().port, c, base);
    // What is wrong with a request that was refused in the recording, too, is no finding.
    const request = c.refused && c.refused.status < 500;
    if (c.refused && !(request && c.status >= 400)) reported.push(c.exchange);
  }
  server.close();
  found['express-openapi-validator'] = { found: reported, blind: [...CODING, ...METHOD] };
}

async function routed() {
  const { OpenAPIBackend } = load('openapi-backend');
  const api = new OpenAPIBackend({ definition: file, apiRoot: base, validate: false });
  await api.init();
  return (c) => api.matchOperation({ method: c.method, path: new URL(c.url).pathname, headers: {} });
}

async function responseValidator() {
  const Validator = load('openapi-response-validator').default;
  const route = await routed();
  const reported = [];
  for (const c of cases) {
    const operation = route(c);
    if (!operation) continue;
    const responses = {};
    for (const [code, response] of Object.entries(operation.responses)) {
      const media = Object.values(response.content || {})[0];
      responses[code] = { description: '', ...(media ? { schema: media.schema } : {}) };
    }
    try {
      if (new Validator({ responses }).validateResponse(c.status, parsed(c))) reported.push(c.exchange);
    } catch (error) { reported.push(c.exchange); }
  }
  found['openapi-response-validator'] = { found: reported, blind: CODING };
}

function jestOpenapi() {
  const matchers = {};
  global.expect = { extend: (more) => Object.assign(matchers, more) };
  load('jest-openapi').default(path.resolve(file));
  const reported = [];
  const context = { isNot: false, promise: '', expand: false, utils: load('jest-matcher-utils') };
  for (const c of cases) {
    const url = new URL(c.url);
    const received = {
      status: c.status, headers: lower(c.response_headers), data: parsed(c),
      request: { method: c.method, path: url.pathname + url.search }, config: {},
    };
    try { if (!matchers.toSatisfyApiSpec.call(context, received).pass) reported.push(c.exchange); }
    catch (error) { reported.push(c.exchange); }
  }
  found['jest-openapi'] = { found: reported, blind: CODING };
}

(async () => {
  for (const peer of [prism, backend, express, responseValidator, jestOpenapi]) {
    try { await peer(); } catch (error) { console.error(`${peer.name}: left out: ${error.stack}`); }
  }
  fs.writeFileSync(path.join(folder, 'node.found.json'), JSON.stringify(found));
  process.exit(0);
})();
