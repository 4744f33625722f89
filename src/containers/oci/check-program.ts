import path from 'node:path';

import type { Inside } from '../../oci/images/copy/inside.ts';
import { AgentError, isAgentError } from '../../protocol/agent-error.ts';

const ANY_EXECUTE = 0o111n;

/** How a program is looked for. */
export interface WantedPath {
  /** A path, or a name that is looked for in the search path. */
  readonly name: string;
  /** What it is started with: its `PATH` counts. */
  readonly env: Readonly<Record<string, string>>;
  /** Its working directory. */
  readonly cwd: string;
}

/**
 * Looks whether a program is there. For starts with a terminal: the runtime stays then, and what it says is on the terminal
 * and in no result. Errors: AgentError `no-such-program`, `not-executable`.
 */
export async function checkProgram(tree: Inside, { name, env, cwd }: WantedPath): Promise<void> {
  const directories = name.includes('/') ? [''] : (env['PATH'] ?? '').split(':');
  let isThere = false;
  for (const directory of directories) {
    const found = await look(tree, path.posix.resolve('/', cwd, directory, name));
    if (found === 'program') return;
    isThere ||= found === 'other';
  }
  const told = JSON.stringify(name.slice(0, 200));
  if (isThere) {
    throw new AgentError('not-executable', `Cannot run ${told} in the container: it may not be executed`);
  }
  throw new AgentError('no-such-program', `Cannot run ${told} in the container: there is no such program`);
}

async function look(tree: Inside, file: string): Promise<'program' | 'other' | undefined> {
  try {
    await using found = await tree.find(file);
    const stats = await found.node?.stat();
    if (stats === undefined) return undefined;
    return stats.isFile() && (stats.mode & ANY_EXECUTE) !== 0n ? 'program' : 'other';
  } catch (error) {
    if (isAgentError(error)) return undefined;
    throw error;
  }
}
