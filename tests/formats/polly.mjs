// Makes the fixture of Polly: `node polly.mjs OUT`, where @pollyjs/core, adapter-node-http and
// persister-fs are installed.
import http from 'node:http';
import zlib from 'node:zlib';
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
const require = createRequire(path.join(process.cwd(), 'x.js'));
const { Polly } = require('@pollyjs/core');
const Adapter = require('@pollyjs/adapter-node-http');
const Persister = require('@pollyjs/persister-fs');

const out = process.argv[2];
const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe, 0, 1]);
const server = http.createServer((request, response) => {
  const answer = (status, body, headers) => { response.writeHead(status, { 'Content-Length': body.length, ...headers }); response.end(body); };
  if (request.url.startsWith('/packed')) answer(200, zlib.gzipSync('{"packed": true, "note": "no"}'), { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' });
  else if (request.url === '/label.png') answer(200, png, { 'Content-Type': 'image/png' });
  else if (request.method === 'POST') { request.resume(); request.on('end', () => answer(201, Buffer.from('{"id": 7}'), { 'Content-Type': 'application/json' })); }
  else answer(404, Buffer.from('{"error": "no such crate"}'), { 'Content-Type': 'application/json' });
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const base = `http://127.0.0.1:${server.address().port}`;
Polly.register(Adapter);
Polly.register(Persister);
const polly = new Polly('depot', {
  adapters: ['node-http'], persister: 'fs', persisterOptions: { fs: { recordingsDir: out } }, recordFailedRequests: true, mode: 'record',
});
const send = (method, target, body, headers = {}) => new Promise((done, failed) => {
  const request = http.request(base + target, { method, headers }, (response) => { response.resume(); response.on('end', done); });
  request.on('error', failed);
  request.end(body);
});
await send('GET', '/packed?page=1');
await send('GET', '/label.png');
await send('POST', '/crates', '{"name": "pears"}', { 'Content-Type': 'application/json', Authorization: 'Bearer tok-4f9d2c7b1e8a6035' });
await send('GET', '/nothing');
await polly.stop();
server.close();
const folder = fs.readdirSync(out).find((name) => name.startsWith('depot'));
const text = fs.readFileSync(path.join(out, folder, 'recording.har'), 'utf8');
fs.writeFileSync(path.join(out, 'polly.har'), text.replaceAll(base.slice(7), 'depot.example'));
fs.rmSync(path.join(out, folder), { recursive: true });
