/** Mounts a file system where nobody else sees it: in a mount namespace of its own, gone with whoever holds it open. */
import { AgentError } from '../protocol/agent-error.ts';
import { findSystemProgram } from './system-program.ts';

export interface MountSpec {
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
  /** Absolute path of a directory. */
  readonly target: string;
}

/** Its arguments are the program, the type, the options, the source and the target. It ends with its standard input. */
const SCRIPT = '"$1" -t "$2" -o "$3" -- "$4" "$5" && echo mounted && read -r _';

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
  const [unshare, sh, mount] = await Promise.all(['unshare', 'sh', 'mount'].map(findSystemProgram));
  if (unshare === undefined || sh === undefined || mount === undefined) {
    throw new AgentError('not-able', 'Cannot mount: this system lacks "unshare", "sh" or "mount"');
  }
  const { execa } = await import('execa');
  const words = [mount, spec.type, spec.options.join(','), spec.source, spec.target];
  const subprocess = execa(unshare, ['--mount', '--propagation', 'private', '--', sh, '-c', SCRIPT, 'sh', ...words], {
    // Longer options than the newer calls of the kernel take.
    env: { LIBMOUNT_FORCE_MOUNT2: 'always', PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
    extendEnv: false,
    cwd: '/',
    reject: false,
    stdin: 'pipe',
  });
  try {
    const first = (await subprocess.iterable()[Symbol.asyncIterator]().next()) as IteratorResult<string, undefined>;
    if (first.value === 'mounted') return await open(`/proc/${String(subprocess.pid)}/root${spec.target}`);
    const { stderr, shortMessage } = await subprocess;
    const why = stderr.trim() === '' ? (shortMessage ?? 'it failed') : stderr.trim().split('\n').at(-1);
    throw new AgentError('not-able', `Cannot mount "${spec.target}": ${why ?? ''}`);
  } finally {
    subprocess.stdin.end();
    await subprocess;
  }
}
