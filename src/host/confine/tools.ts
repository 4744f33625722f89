import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';

/** Where a system keeps its own programs. Never the PATH of a command: these run with the agent's rights. */
const DIRECTORIES = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/run/current-system/sw/bin'];

const NAMES = ['sh', 'env', 'nice', 'prlimit', 'setpriv'] as const;

/** The programs of the system that confine another: absolute paths of those that are there. */
export type ConfineTools = Readonly<Partial<Record<(typeof NAMES)[number], string>>>;

/** Looks for the programs that confine others. `setpriv` and `prlimit` are part of util-linux and may be missing. */
export async function findConfineTools(directories: readonly string[] = DIRECTORIES): Promise<ConfineTools> {
  const found = await Promise.all(NAMES.map(async (name) => [name, await find(name, directories)] as const));
  return Object.fromEntries(found.filter(([, file]) => file !== undefined));
}

async function find(name: string, directories: readonly string[]): Promise<string | undefined> {
  for (const directory of directories) {
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
