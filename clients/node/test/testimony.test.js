import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Testimony, TestimonyError, findBinary } from '../src/index.js';
import { isCi, sessionName } from '../src/testimony.js';

const counts = new Map();
let api, url;
const folders = [];

before(async () => {
  api = createServer((request, response) => {
    const times = (counts.get(request.url) ?? 0) + 1;
    counts.set(request.url, times);
    const body = JSON.stringify({ path: request.url, times });
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
  }).listen(0, '127.0.0.1');
  await once(api, 'listening');
  url = `http://127.0.0.1:${api.address().port}`;
});
after(() => {
  api.closeAllConnections?.();
  api.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function project() {
  const folder = mkdtempSync(join(tmpdir(), 'testimony-node-'));
  folders.push(folder);
  return folder;
}

function start(directory, options = {}, environment = {}) {
  const { CI, TESTIMONY_MODE, ...rest } = process.env;
  return new Testimony({ directory, upstream: url, environment: { ...rest, ...environment }, ...options });
}

const json = async (address) => (await fetch(address)).json();
const asked = (path) => counts.get(path) ?? 0;

test('what is missing is recorded and then replayed', async () => {
  const folder = project();
  const body = async (session) => [await json(`${session.url}/a`), await json(`${session.url}/a`)];
  let testimony = start(folder);
  const live = await testimony.run('suite > a', body);
  assert.deepEqual(live.map((answer) => answer.times), [1, 2]);
  await testimony.close();
  const cassette = readFileSync(join(folder, 'test/cassettes/suite%20%3E%20a.cassette'), 'utf8');
  assert.match(cassette, /\{"end": true, "exchanges": 2\}\n$/);
  testimony = start(folder, {}, { CI: 'true' });
  assert.deepEqual(await testimony.run('suite > a', body, { allUsed: true }), live);
  await testimony.close();
  assert.equal(asked('/a'), 2);
});

test('in CI nothing is recorded', async () => {
  const testimony = start(project(), {}, { CI: '1' });
  await assert.rejects(testimony.run('b', () => {}), (error) => {
    assert.ok(error instanceof TestimonyError);
    assert.match(error.message, /no recording of session `b`, and none is made in CI\nhint: run the test/);
    return true;
  });
  const never = start(project(), { mode: 'record' }, { TESTIMONY_MODE: 'replay' });
  await assert.rejects(never.run('b', () => {}), /none is made in mode `replay`\nhint:/);
  assert.throws(() => start(project(), {}, { TESTIMONY_MODE: 'reply' }), /`reply` is no mode\nhint:/);
});

test('a miss fails the test that made it and no other', async () => {
  const folder = project();
  let testimony = start(folder);
  await testimony.run('one', (session) => json(`${session.url}/one?a=1`));
  await testimony.run('two', (session) => json(`${session.url}/two`));
  await testimony.close();
  testimony = start(folder, { mode: 'replay' });
  const [one, two] = await Promise.allSettled([
    testimony.run('one', (session) => fetch(`${session.url}/one?a=2`)),
    testimony.run('two', (session) => json(`${session.url}/two`)),
  ]);
  assert.equal(two.status, 'fulfilled');
  assert.match(one.reason.message, /one\.cassette: 1 request is not recorded\nmiss: GET .*\/one\?a=2/);
  assert.match(one.reason.message, /hint: /);
  // A test's own failure stays in front.
  const own = testimony.run('one', async (session) => {
    await fetch(`${session.url}/none`);
    throw new Error('the own one');
  });
  await assert.rejects(own, /^Error: the own one\n\ntestimony: [^]*1 request is not recorded/);
  await testimony.close();
});

test('a client that went past is noticed', async () => {
  const testimony = start(project());
  await assert.rejects(testimony.run('past', () => {}), /no request came\nhint: does the client use/);
  await testimony.run('idle', () => {}, { allowIdle: true });
  // What recorded nothing is recorded again, not replayed.
  await testimony.run('idle', (session) => json(`${session.url}/idle`));
  await testimony.run('past', () => {}, { allowIdle: true });
  await testimony.close();
});

test('half a recording is put aside', async () => {
  const folder = project();
  const testimony = start(folder);
  const fails = testimony.run('half', async (session) => {
    await json(`${session.url}/half`);
    assert.fail('not as it should be');
  });
  await assert.rejects(fails, /not as it should be/);
  assert.deepEqual(readdirSync(join(folder, 'test/cassettes')), ['half.cassette.failed']);
  await testimony.run('half', (session) => json(`${session.url}/half`));
  await testimony.close();
  assert.ok(existsSync(join(folder, 'test/cassettes/half.cassette')));
});

test('eight tests at once', async () => {
  const folder = project();
  const journey = (number) => async (session) => {
    const seen = [];
    for (let turn = 0; turn < 5; turn += 1) seen.push(await json(`${session.url}/parallel/${number}`));
    return seen;
  };
  const run = (testimony) =>
    Promise.all([...Array(8).keys()].map((number) => testimony.run(`test ${number}`, journey(number))));
  let testimony = start(folder);
  const live = await run(testimony);
  await testimony.close();
  testimony = start(folder, { mode: 'replay' });
  for (let round = 0; round < 10; round += 1) assert.deepEqual(await run(testimony), live);
  await testimony.close();
  assert.equal(asked('/parallel/3'), 5);
});

test('child processes are led by the environment', async () => {
  const folder = project();
  const program = `fetch(${JSON.stringify(`${url}/child`)}).then((answer) => answer.text()).then(console.log)`;
  const body = async (session) => {
    const child = spawn(process.execPath, ['-e', program], { env: { ...process.env, ...session.variables } });
    const told = [];
    child.stdout.on('data', (piece) => told.push(piece));
    await once(child, 'close');
    return String(Buffer.concat(told));
  };
  let testimony = start(folder);
  const live = await testimony.run('child', body);
  assert.match(live, /"path":"\/child"/);
  await testimony.close();
  testimony = start(folder, { mode: 'replay' });
  assert.equal(await testimony.run('child', body), live);
  await testimony.close();
  assert.equal(asked('/child'), 1);
});

test('a function for the runner', async () => {
  const testimony = start(project());
  const run = testimony.test('of the runner', async (session, context) => {
    assert.equal(context, 'context');
    return (await json(`${session.url}/runner`)).times;
  });
  assert.equal(await run('context'), 1);
  await testimony.close();
});

test('a server does not outlive its parent', { skip: process.platform === 'win32' && 'no signals' }, async () => {
  const folder = project();
  const source = new URL('../src/index.js', import.meta.url).href;
  const program = `
    import { Server, findBinary } from ${JSON.stringify(source)};
    const server = await Server.start({ binary: findBinary(), engine: 'record', cassettes: ${JSON.stringify(folder)}, directory: ${JSON.stringify(folder)} });
    await server.session('one');
    console.log(server.url);
    setInterval(() => {}, 1000);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(parent.stdout, 'data');
  const address = String(line).trim();
  assert.equal((await fetch(`${address}/x`)).status, 400);
  parent.kill('SIGKILL');
  const end = Date.now() + 60_000;
  for (let open = true; open; ) {
    assert.ok(Date.now() < end, 'the server lingers');
    open = await fetch(`${address}/x`).then((answer) => answer.text()).then(() => true, () => false);
  }
});

test('a process with an idle server ends by itself', async () => {
  const folder = project();
  const source = new URL('../src/index.js', import.meta.url).href;
  const program = `
    import { Server, findBinary } from ${JSON.stringify(source)};
    await Server.start({ binary: findBinary(), engine: 'record', cassettes: ${JSON.stringify(folder)}, directory: ${JSON.stringify(folder)} });
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
  assert.deepEqual(await once(parent, 'close'), [0, null]);
});

test('what goes wrong is said', async () => {
  const missing = start(project(), { binary: '/nowhere/testimony' });
  await assert.rejects(missing.run('x', () => {}), /binary: `\/nowhere\/testimony` is no program\nhint: install it/);
  assert.throws(() => findBinary(undefined, { PATH: '' }), /`testimony` was not found\nhint:/);
  const wrong = start(project(), { recordArguments: ['--secret-env', 'NOT_SET_AT_ALL'] });
  await assert.rejects(wrong.run('x', () => {}), /did not start: error: .*NOT_SET_AT_ALL/);
});

test('names and CI', () => {
  assert.equal(sessionName('suite > a\nb'), 'suite > a b');
  const [long, other] = [sessionName(`${'x'.repeat(5000)}1`), sessionName(`${'x'.repeat(5000)}2`)];
  assert.ok(long !== other && long.length <= 200);
  for (const [value, is] of [['', false], ['0', false], ['False', false], ['true', true], ['1', true]]) {
    assert.equal(isCi({ CI: value }), is, value);
  }
});
