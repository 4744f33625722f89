/** The tree that a process of a running container has as its root. */
import type { Disk } from '../../../host/files/disk.ts';
import { findIdentified } from '../../../host/process-identity.ts';
import { AgentError } from '../../../protocol/agent-error.ts';
import { errnoOf } from '../../../protocol/file-error.ts';
import type { ProcessIdentity } from '../../../protocol/run.ts';
import { Inside } from './inside.ts';

/** Holds the root of that very process, and of none that was given its number later. Errors: AgentError `not-running`, `forbidden`. */
export async function openProcessRoot(disk: Disk, identity: ProcessIdentity): Promise<Inside> {
  const gone = new AgentError('not-running', 'Cannot reach the files of the container: its process is gone');
  const tree = await open(disk, identity.pid, gone);
  // It was this process when it was opened if it is it still.
  if (findIdentified(identity) !== undefined) return tree;
  await tree[Symbol.asyncDispose]();
  throw gone;
}

async function open(disk: Disk, pid: number, gone: AgentError): Promise<Inside> {
  try {
    return await Inside.open(disk, `/proc/${pid}/root`);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') throw gone;
    throw error;
  }
}
