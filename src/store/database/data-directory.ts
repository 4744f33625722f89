/** The data directory as far as the store needs it: made, closed to others, and explained when it can't be used. */
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { AgentError, errorMessage, isAgentError } from '../../protocol/agent-error.ts';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * Makes the directory and an empty database file if they are missing, readable by their owner alone.
 *
 * An existing file is never opened here: closing it would drop the lock that a connection of this
 * very process holds on it.
 */
export function prepareDirectory(directory: string, file: string): void {
  makeDirectory(directory);
  // SQLite would only say that it is unable to open the file.
  accessSync(directory, constants.W_OK | constants.X_OK);
  // A directory that is somebody else's, given by mistake, keeps its mode.
  const ours = existsSync(file) || readdirSync(directory).length === 0;
  if (ours && (statSync(directory).mode & 0o777) !== DIRECTORY_MODE) chmodSync(directory, DIRECTORY_MODE);
  if (!existsSync(file)) createEmpty(file);
  else if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, FILE_MODE);
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
  } catch (error) {
    // Node often says ENOENT, whatever kept it; the nearest directory that is there knows better.
    let nearest = path.dirname(path.resolve(directory));
    while (!existsSync(nearest)) nearest = path.dirname(nearest);
    accessSync(nearest, constants.W_OK | constants.X_OK);
    throw error;
  }
}

/** Makes an empty file; what SQLite puts beside it gets the same mode. */
export function createEmpty(file: string): void {
  try {
    closeSync(openSync(file, 'wx', FILE_MODE));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** The pid another agent left in the directory. */
export function holderOf(directory: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path.join(directory, 'agent.pid'), 'utf8'), 10);
    return Number.isSafeInteger(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** What kept the store from opening, in one line. */
export function describeTrouble(error: unknown, directory: string): unknown {
  if (isAgentError(error)) return error;
  return new AgentError('store-unavailable', `Cannot open the store in "${directory}": ${errorMessage(error)}`, {
    details: { directory },
    cause: error,
  });
}
