import { readFileSync, statSync } from 'node:fs';

import { errorMessage } from '../../protocol/agent-error.ts';
import { ConfigError } from '../config-error.ts';

/** No configuration that people write is larger. */
const LARGEST_BYTES = 16 * 1024 * 1024;

/** The text of a configuration of others. Errors: ConfigError, also for what is no file (a device never ends) or too large. */
export function readText(file: string): string {
  try {
    const { size } = regularFile(file);
    if (size > LARGEST_BYTES) throw new Error(`it has ${size} bytes; ${LARGEST_BYTES} are read at most`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`Cannot read "${file}": ${errorMessage(error)}`, { cause: error });
  }
}

function regularFile(file: string): { readonly size: number } {
  const found = statSync(file);
  if (!found.isFile()) throw new Error('it is not a file');
  return found;
}
