/** The way to the root of a container whose users are mapped: they are others outside, and could not walk to it. */
import { mkdir } from 'node:fs/promises';

import { findSystemProgram } from '../../host/system-program.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import type { RootMount, RuntimeRun } from '../runtime.ts';

/**
 * An empty directory that everybody may walk through. Each container's root is mounted over it where the runtime and the
 * container alone see it, so one place serves all, and nothing is ever to be unmounted.
 */
export const MAPPED_ROOT = '/run/corex-root';

/** Closed to being listed. */
const WAY_MODE = 0o711;

/**
 * `$1` the directory, `$2` where it is said what went wrong, `$3` to `$5` type, options and source of the mount; what
 * follows is the program to be. Options are longer than the newer calls of the kernel take.
 */
const SCRIPT = 'LIBMOUNT_FORCE_MOUNT2=always mount -t "$3" -o "$4" -- "$5" "$1" 2>"$2" || exit 1; shift 5; exec "$@"';

/** What a program in the root could do with a file that makes it somebody else, or a device, is none of this machine's business. */
const OPTIONS = ['nosuid', 'nodev'];

/** The same run, which finds the root mounted at {@link MAPPED_ROOT}. Errors: AgentError `not-able`, those of files. */
export async function withMappedRoot(run: RuntimeRun, { type, source, options }: RootMount): Promise<RuntimeRun> {
  const [unshare, sh] = await Promise.all(['unshare', 'sh'].map(findSystemProgram));
  if (unshare === undefined || sh === undefined) {
    throw new AgentError(
      'not-able',
      'Cannot start a container with users of its own: this system lacks "unshare" or "sh"',
    );
  }
  await mkdir(MAPPED_ROOT, { recursive: true, mode: WAY_MODE });
  const mount = [MAPPED_ROOT, run.log, type, [...OPTIONS, ...options].join(','), source];
  const args = ['--mount', '--propagation', 'private', '--', sh, '-c', SCRIPT, 'sh', ...mount];
  return { ...run, program: unshare, args: [...args, run.program, ...run.args] };
}
