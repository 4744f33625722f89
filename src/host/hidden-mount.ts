/** Mounts a file system where nobody else sees it: in a mount namespace of its own, gone with whoever holds it open. */
import { AgentError } from '../protocol/agent-error.ts';
import { inOwnNamespaces } from './own-namespaces.ts';
import { findSystemProgram } from './system-program.ts';

export interface MountSpec {
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
  /** Absolute path of a directory. */
  readonly target: string;
}

/** Its arguments are the program, the type, the options, the source and the target. */
const SCRIPT = '"$1" -t "$2" -o "$3" -- "$4" "$5"';

/**
 * Mounts, and calls `open` with a path that leads to the mount for this process, as long as the call lasts. What was opened
 * by then stays; the mount is gone when all of it is closed. Nothing is ever to be unmounted.
 *
 * Errors: AgentError `not-able` without the programs or rights for it; what `open` throws.
 */
export async function openHiddenMount<Opened>(
  spec: MountSpec,
  open: (path: string) => Promise<Opened>,
): Promise<Opened> {
  const mount = await findSystemProgram('mount');
  if (mount === undefined) throw new AgentError('not-able', 'Cannot mount: this system lacks "mount"');
  const request = {
    namespaces: ['--mount', '--propagation', 'private'],
    script: SCRIPT,
    words: [mount, spec.type, spec.options.join(','), spec.source, spec.target],
    // Longer options than the newer calls of the kernel take.
    env: { LIBMOUNT_FORCE_MOUNT2: 'always' },
    action: `mount "${spec.target}"`,
  };
  return await inOwnNamespaces(request, (pid) => open(`/proc/${String(pid)}/root${spec.target}`));
}
