import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { TestimonyError } from './errors.js';

const HINT =
  'install it (`cargo install testimony`) and have it on the PATH, or say where it is: ' +
  'the option `binary`, or the variable TESTIMONY_BIN';

/** The binary that was given, or the one that `TESTIMONY_BIN` names, or the one on the `PATH`. */
export function findBinary(given, environment = process.env) {
  const named = [['binary', given], ['TESTIMONY_BIN', environment.TESTIMONY_BIN]];
  for (const [source, name] of named) {
    if (!name) continue;
    const found = which(name, environment);
    if (!found) throw new TestimonyError(`${source}: \`${name}\` is no program`, HINT);
    return found;
  }
  const found = which('testimony', environment);
  if (!found) throw new TestimonyError('the binary `testimony` was not found', HINT);
  return found;
}

function which(name, environment) {
  const endings = process.platform === 'win32' ? ['', '.exe'] : [''];
  const folders = /[\\/]/.test(name) ? [''] : (environment.PATH ?? '').split(delimiter).filter(Boolean);
  for (const folder of folders) {
    for (const ending of endings) {
      const path = folder ? join(folder, name + ending) : resolve(name + ending);
      try {
        accessSync(path, constants.X_OK);
        if (statSync(path).isFile()) return path;
      } catch {
        // Not this one.
      }
    }
  }
  return undefined;
}
