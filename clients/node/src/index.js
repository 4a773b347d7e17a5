// Record and replay the HTTP exchanges of each test, whatever client it uses. The work is done by the
// binary `testimony`: one server runs for all tests of a process, and each test has a session in it.
export { findBinary } from './binary.js';
export { TestimonyError } from './errors.js';
export { Server } from './server.js';
export { Session } from './session.js';
export { Testimony } from './testimony.js';
