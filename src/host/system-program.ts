/** Programs of the system itself, which run with the agent's rights: never from the search path of a command. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';

const DIRECTORIES = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/run/current-system/sw/bin'];

/** The absolute path of a program; undefined when this system has none of the name. */
export async function findSystemProgram(name: string): Promise<string | undefined> {
  for (const directory of DIRECTORIES) {
    const file = path.join(directory, name);
    try {
      await access(file, constants.X_OK);
      return file;
    } catch {
      // Perhaps in the next one.
    }
  }
  return undefined;
}
