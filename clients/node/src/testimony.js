import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findBinary } from './binary.js';
import { TestimonyError } from './errors.js';
import { Server } from './server.js';

const MODES = ['auto', 'record', 'replay'];
/** Most bytes of a session's name as the name of a file. */
const LONGEST = 200;

/** Whether `CI` is set, and is neither empty, `0` nor `false`. */
export function isCi(environment = process.env) {
  return !['', '0', 'false'].includes((environment.CI ?? '').trim().toLowerCase());
}

/** A name that has room in a file's name. */
export function sessionName(text) {
  const bytes = (name) => encodeURIComponent(name).replace(/[!'()*~]/g, '%XX').length;
  const name = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ').toWellFormed?.().trim() ?? text.trim();
  if (bytes(name) <= LONGEST) return name;
  const end = `~${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;
  const letters = [...name];
  while (bytes(letters.join('') + end) > LONGEST) letters.pop();
  return letters.join('') + end;
}

/**
 * The servers of one test process, started when a test first needs them.
 *
 * Options: `cassettes` (folder, `test/cassettes`), `mode` (`auto`, `record`, `replay`; the variable
 * `TESTIMONY_MODE` goes before), `upstream` (where requests to the base URL go while recording), `binary`,
 * `recordArguments`, `replayArguments`, `directory`, `environment`.
 */
export class Testimony {
  #servers = new Map();
  #options;

  constructor(options = {}) {
    const environment = { ...(options.environment ?? process.env) };
    const mode = (environment.TESTIMONY_MODE ?? '').trim() || options.mode || 'auto';
    if (!MODES.includes(mode)) throw new TestimonyError(`\`${mode}\` is no mode`, '`auto`, `record` or `replay`');
    const directory = resolve(options.directory ?? '.');
    const cassettes = resolve(directory, options.cassettes ?? 'test/cassettes');
    this.#options = { ...options, environment, mode, directory, cassettes };
    /** When it records. */
    this.mode = mode;
  }

  /** The session of a test: replayed or recorded, as the mode has it. `options`: `cassette`, `mode`. */
  async session(test, options = {}) {
    const { environment, cassettes } = this.#options;
    const name = sessionName(test);
    const mode = options.mode ?? this.mode;
    const { cassette } = options;
    if (mode === 'record') return (await this.#of('record')).session(name, { cassette, mode: 'all' });
    try {
      if (anyIn(cassettes)) {
        const session = await (await this.#of('replay')).session(name, { cassette });
        if (session.exchanges || mode === 'replay' || isCi(environment)) return session;
        // Nothing came of its recording: it is made again.
        await session.stop();
      }
    } catch (error) {
      if (error.word !== 'no-cassette') throw error;
    }
    if (mode === 'auto' && !isCi(environment)) {
      return (await this.#of('record')).session(name, { cassette, mode: 'once' });
    }
    const what = cassette ? `cassette \`${cassette}\`` : `session \`${name}\``;
    throw mode === 'auto'
      ? new TestimonyError(
          `${cassettes}: no recording of ${what}, and none is made in CI`,
          'run the test where `CI` is not set and commit the cassette; `TESTIMONY_MODE=record` records in CI, too',
        )
      : new TestimonyError(
          `${cassettes}: no recording of ${what}, and none is made in mode \`replay\``,
          '`TESTIMONY_MODE=auto` records what is missing, `TESTIMONY_MODE=record` records anew',
        );
  }

  /**
   * Runs a test's body with a session, ends that, and throws for what it missed. What `auto` recorded of a
   * body that throws is put aside.
   */
  async run(test, body, options = {}) {
    const session = await this.session(test, options);
    let result, reason;
    try {
      result = await body(session);
    } catch (error) {
      reason = error ?? new Error('the test threw nothing');
    }
    try {
      await session.finish(reason ? { ...options, allowIdle: true } : options);
    } catch (error) {
      if (!reason) reason = error;
      // The test's own reason stays in front; the miss is often what led to it.
      else if (reason instanceof Error) reason.message += `\n\n${error.message}`;
    }
    if (reason) {
      if (session.isRecording && (options.mode ?? this.mode) !== 'record') session.putAside();
      throw reason;
    }
    return result;
  }

  /**
   * A test's function for `node:test`, vitest or jest: `test('name', testimony.test('name', async (session) => …))`.
   * The session comes first, then what the runner gives.
   */
  test(name, body, options = {}) {
    return (...given) => this.run(name, (session) => body(session, ...given), options);
  }

  /** Ends the servers. Without it they end with this process. */
  async close() {
    const servers = [...this.#servers.values()];
    this.#servers.clear();
    await Promise.allSettled(servers.map(async (server) => (await server).close()));
  }

  #of(engine) {
    const { binary, environment, cassettes, directory, upstream } = this.#options;
    let server = this.#servers.get(engine);
    if (!server) {
      if (engine === 'record') mkdirSync(cassettes, { recursive: true });
      const record = [...(upstream ? ['--upstream', upstream] : []), ...(this.#options.recordArguments ?? [])];
      const replay = this.#options.replayArguments ?? [];
      server = Promise.resolve().then(() =>
        Server.start({
          binary: findBinary(binary, environment),
          engine,
          cassettes,
          directory,
          environment,
          arguments: engine === 'record' ? record : replay,
        }),
      );
      this.#servers.set(engine, server);
      server.catch(() => this.#servers.delete(engine));
    }
    return server;
  }
}

/** Whether a folder holds a recording at all: a server does not start without one. */
function anyIn(folder) {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return false;
  }
  return entries.some((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return !entry.name.endsWith('.bodies') && anyIn(path);
    return entry.name.endsWith('.cassette') && holds(path);
  });
}

/** Whether a cassette holds an exchange; what is no cassette is for the server to judge. */
function holds(cassette) {
  const text = readFileSync(cassette, 'latin1');
  return text.includes('"exchange":') || !text.includes('"cassette":');
}
