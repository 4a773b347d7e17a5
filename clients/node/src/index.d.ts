export type Mode = 'auto' | 'record' | 'replay';

export interface Options {
  /** Folder of the cassettes; otherwise `test/cassettes`. */
  cassettes?: string;
  /** When to record; the variable `TESTIMONY_MODE` goes before. Otherwise `auto`: what is missing, never in CI. */
  mode?: Mode;
  /** Where requests to the base URL go while recording. */
  upstream?: string;
  /** The binary; otherwise `TESTIMONY_BIN`, or the one on the `PATH`. */
  binary?: string;
  /** Further arguments of `testimony record`. */
  recordArguments?: string[];
  /** Further arguments of `testimony replay`. */
  replayArguments?: string[];
  /** Directory of the project; otherwise the working directory. */
  directory?: string;
  /** Environment; otherwise that of this process. */
  environment?: Record<string, string | undefined>;
}

export interface SessionOptions {
  /** The cassette, a path below the folder; otherwise that of the session's name. */
  cassette?: string;
  mode?: Mode;
}

export interface FinishOptions {
  /** Fails the test, too, when an exchange was not asked for. */
  allUsed?: boolean;
  /** Lets a test ask for nothing at all. */
  allowIdle?: boolean;
}

export class TestimonyError extends Error {
  /** The word of the admin API for it (`no-cassette`), where it comes from there. */
  readonly word?: string;
}

export class Session {
  readonly name: string;
  /** Base URL, without a slash at its end. */
  readonly url: string;
  /** The proxy's URL, for `http` and `https` alike. */
  readonly proxyUrl: string;
  readonly cassette: string;
  readonly isRecording: boolean;
  /** Exchanges that its cassette held when it began, in replay. */
  readonly exchanges: number;
  /** The file of the certificate that clients of the proxy are to trust (PEM). */
  readonly caPath: string;
  /** The file of the system's roots and that certificate. */
  readonly bundlePath: string;
  /** That certificate. */
  readonly ca: string;
  /** Every variable by which clients find the proxy and trust it. */
  readonly variables: Record<string, string>;
  report(): Promise<Record<string, unknown>>;
  stop(): Promise<Record<string, unknown>>;
  fault(options?: FinishOptions): Promise<string | undefined>;
  finish(options?: FinishOptions): Promise<void>;
  putAside(): void;
}

export class Testimony {
  constructor(options?: Options);
  readonly mode: Mode;
  session(test: string, options?: SessionOptions): Promise<Session>;
  run<T>(
    test: string,
    body: (session: Session) => T | Promise<T>,
    options?: SessionOptions & FinishOptions,
  ): Promise<T>;
  test<A extends unknown[], T>(
    name: string,
    body: (session: Session, ...given: A) => T | Promise<T>,
    options?: SessionOptions & FinishOptions,
  ): (...given: A) => Promise<T>;
  close(): Promise<void>;
}

export class Server {
  static start(options: {
    binary: string;
    engine: 'record' | 'replay';
    cassettes: string;
    arguments?: string[];
    directory?: string;
    environment?: Record<string, string | undefined>;
  }): Promise<Server>;
  readonly url: string;
  readonly engine: 'record' | 'replay';
  said(): string;
  session(name: string, options?: { cassette?: string; mode?: string }): Promise<Session>;
  trust(): Promise<{ certificate: string; bundle: string; variables: Record<string, string> }>;
  close(): Promise<number>;
}

export function findBinary(given?: string, environment?: Record<string, string | undefined>): string;
