import { execFile, spawn } from 'node:child_process';
import { request } from 'node:http';
import { join, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { TestimonyError } from './errors.js';
import { Session } from './session.js';

/** Longest wait for a server that starts or ends, in milliseconds. */
const PATIENCE = 60_000;
/** Most characters that are kept of what a server says. */
const KEPT = 64 * 1024;

/**
 * `testimony record` or `testimony replay` over a folder of cassettes.
 *
 * It ends with `close()`, and also when this process is killed: it reads our end of its standard input
 * (`--until-eof`).
 */
export class Server {
  #process;
  #admin;
  #said = '';
  #ended;
  #trust;
  #options;

  constructor(process, options) {
    this.#process = process;
    this.#options = options;
    this.engine = options.engine;
    process.stderr.setEncoding('utf8').on('data', (text) => {
      this.#said = (this.#said + text).slice(-KEPT);
    });
    // Writing to a process that has ended is no error of ours.
    process.stdin.on('error', () => {});
    this.#ended = new Promise((resolve) => {
      process.once('close', (code) => resolve(code));
      process.once('error', (error) => {
        this.#said += String(error);
        resolve(-1);
      });
    });
  }

  /** Starts one; `options`: `binary`, `engine`, `cassettes`, `arguments`, `directory`, `environment`. */
  static async start(options) {
    const { binary, engine, cassettes, directory, environment } = options;
    const fixed = [engine, '--cassette', join(cassettes, sep), '--listen', '127.0.0.1:0', '--admin', '0', '--until-eof'];
    const child = spawn(binary, [...fixed, ...(options.arguments ?? [])], {
      cwd: directory,
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const server = new Server(child, options);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    server.url = await server.#address(lines, 'listening on ');
    server.#admin = new URL(await server.#address(lines, 'admin on '));
    // It does not keep this process alive.
    for (const part of [child, child.stdin, child.stdout, child.stderr]) part.unref?.();
    return server;
  }

  async #address(lines, beginning) {
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, {}).unref());
    const { value: line } = await Promise.race([lines.next(), late]);
    if (!line?.startsWith(beginning)) {
      await this.close();
      const said = this.said().trim() || `it said \`${line ?? ''}\``;
      throw new TestimonyError(`\`testimony ${this.engine}\` did not start: ${said}`);
    }
    return line.slice(beginning.length);
  }

  /** What the server said on its standard error. */
  said() {
    return this.#said;
  }

  /** A request to the admin API; past every proxy. */
  async ask(method, path, body) {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const headers = sent === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(sent) };
    const { hostname, port } = this.#admin;
    let status, told;
    try {
      [status, told] = await new Promise((resolve, reject) => {
        // A connection of its own: no agent leads it through a proxy.
        const asked = request({ hostname, port, method, path, headers, agent: false, timeout: PATIENCE }, (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (piece) => (text += piece));
          answer.on('error', reject).on('end', () => resolve([answer.statusCode, text]));
        });
        asked.on('timeout', () => asked.destroy(new Error('no answer in time'))).on('error', reject);
        asked.end(sent);
      });
      told = told ? JSON.parse(told) : undefined;
    } catch (error) {
      const said = this.said().trim();
      throw new TestimonyError(`\`testimony ${this.engine}\` does not answer: ${error.message}${said && `\n${said}`}`);
    }
    if (status >= 400) throw new TestimonyError(told?.detail ?? `status ${status}`, told?.hint, told?.error);
    return told;
  }

  /** Starts a session with a port of its own; `options`: `cassette`, `mode`. */
  async session(name, { cassette, mode } = {}) {
    const report = await this.ask('POST', '/testimony/sessions', { name, port: true, cassette, mode });
    return new Session(this, report, await this.trust());
  }

  /** How a session stands. */
  report(name) {
    return this.ask('GET', `/testimony/sessions/${encodeURIComponent(name)}`);
  }

  /** Ends a session: what it came to. */
  stop(name) {
    return this.ask('DELETE', `/testimony/sessions/${encodeURIComponent(name)}`);
  }

  /** The authority's files, and the variables by which clients find the proxy and trust it. */
  async trust() {
    this.#trust ??= (async () => {
      const { binary, directory, environment } = this.#options;
      const words = ['ca', 'trust', '--format', 'json', '--proxy', new URL(this.url).host];
      try {
        const done = await promisify(execFile)(binary, words, { cwd: directory, env: environment, timeout: PATIENCE });
        const { certificate, bundle, clients } = JSON.parse(done.stdout);
        return { certificate, bundle, variables: Object.assign({}, ...clients.map((client) => client.variables)) };
      } catch (error) {
        throw new TestimonyError(`\`testimony ca trust\`: ${String(error.stderr ?? '').trim() || error.message}`);
      }
    })();
    return this.#trust;
  }

  /** Ends the server, as by SIGTERM: cassettes are sealed. Answers with its exit code. */
  async close() {
    this.#process.stdin.end();
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), PATIENCE);
    this.#process.ref();
    try {
      return await this.#ended;
    } finally {
      clearTimeout(timer);
    }
  }
}
