import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { TestimonyError } from './errors.js';

/** Most misses and unused exchanges that a text lists. */
const LISTED = 20;

/** The session of one test: an address of its own. */
export class Session {
  #server;
  #trust;
  #last;
  #running = true;

  constructor(server, report, trust) {
    this.#server = server;
    this.#trust = trust;
    this.#last = report;
    /** Its name. */
    this.name = report.name;
    /** Base URL, without a slash at its end, for clients that take one. */
    this.url = report.proxy;
    /** The proxy's URL, for `http` and `https` alike. */
    this.proxyUrl = report.proxy;
    /** The cassette's file. */
    this.cassette = report.cassette;
    /** Exchanges that its cassette held when it began, in replay. */
    this.exchanges = report.exchanges;
    /** Whether it records; else it replays. */
    this.isRecording = server.engine === 'record';
    /** The file of the certificate that clients of the proxy are to trust (PEM). */
    this.caPath = trust.certificate;
    /** The file of the system's roots and that certificate. */
    this.bundlePath = trust.bundle;
  }

  /** The certificate that clients of the proxy are to trust (PEM). */
  get ca() {
    return readFileSync(this.caPath, 'utf8');
  }

  /** Every variable by which clients find the proxy and trust it: for child processes, and for agents
   * that read the environment. */
  get variables() {
    const [served, own] = [new URL(this.#server.url), new URL(this.url)];
    const entries = Object.entries(this.#trust.variables).map(([name, value]) => [
      name,
      value.replaceAll(this.#server.url, this.url).replaceAll(`proxyPort=${served.port}`, `proxyPort=${own.port}`),
    ]);
    return Object.fromEntries(entries);
  }

  /** How it stands, as the admin API tells it; what it came to, once it was stopped. */
  async report() {
    if (this.#running) this.#last = await this.#server.report(this.name);
    return this.#last;
  }

  /** Ends it, and seals its cassette. Again, it answers the same. */
  async stop() {
    if (this.#running) {
      this.#last = await this.#server.stop(this.name);
      this.#running = false;
    }
    return this.#last;
  }

  /** Ends it, and throws where its test fails: for its misses, an error of its cassette, or a client that
   * went past it. `options`: `allUsed`, `allowIdle`. */
  async finish(options = {}) {
    await this.stop();
    const fault = await this.fault(options);
    if (fault) throw new TestimonyError(`testimony: ${fault}`);
  }

  /** Why its test fails; `undefined` where it does not. */
  async fault({ allUsed = false, allowIdle = false } = {}) {
    const report = await this.report();
    if (report.error) return report.error;
    if (report.missed) return missed(this.cassette, report);
    const asked = report.answered + (this.isRecording ? report.exchanges : 0);
    if (!asked && !allowIdle) {
      return (
        `${this.cassette}: no request came\nhint: does the client use the session's \`url\`, or its proxy? Else it ` +
        'spoke to the API itself; `allowIdle: true` lets a test ask for nothing'
      );
    }
    if (this.isRecording && report.exchanges && report.failures === report.exchanges) {
      return (
        `${this.cassette}: not one of ${report.exchanges} exchanges came to its end: the recording shows ` +
        'failures alone\nhint: is the upstream running, and its address right?'
      );
    }
    if (allUsed && report.unused.length) return unused(this.cassette, report);
    return undefined;
  }

  /** Puts the recording of a test that failed aside, as `NAME.cassette.failed`: half of one would fail the
   * test from then on. */
  putAside() {
    const failed = `${this.cassette}.failed`;
    rmSync(`${failed}.bodies`, { recursive: true, force: true });
    for (const ending of ['', '.bodies']) {
      if (existsSync(this.cassette + ending)) renameSync(this.cassette + ending, failed + ending);
    }
  }
}

function missed(cassette, report) {
  const were = report.missed === 1 ? '1 request is' : `${report.missed} requests are`;
  const lines = [`${cassette}: ${were} not recorded`];
  for (const miss of report.misses.slice(0, LISTED)) {
    const times = miss.times > 1 ? ` (${miss.times} times)` : '';
    lines.push(`miss: ${miss.method} ${miss.target}: ${miss.reason}${times}`);
    const { nearest } = miss;
    if (nearest) {
      lines.push(`  nearest: ${nearest.cassette} exchange ${nearest.exchange}: ${nearest.method} ${nearest.target}`);
    }
    for (const { at, recorded, sent } of miss.differences ?? []) {
      lines.push(`  ${at}: recorded ${shown(recorded)}, sent ${shown(sent)}`);
    }
    if (miss.hint) lines.push(`hint: ${miss.hint}`);
  }
  if (report.missed > LISTED) lines.push('…');
  return lines.join('\n');
}

const shown = (value) => (value === null ? '(none)' : `\`${value}\``);

function unused(cassette, report) {
  const lines = [`${cassette}: ${report.unused.length} exchanges were not asked for`];
  for (const { exchange, method, target } of report.unused.slice(0, LISTED)) {
    lines.push(`  exchange ${exchange}: ${method} ${target}`);
  }
  return lines.join('\n');
}
