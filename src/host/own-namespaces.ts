/** A process that is alone in namespaces of its own, there as long as somebody has use for them. */
import { AgentError } from '../protocol/agent-error.ts';
import { findSystemProgram } from './system-program.ts';

export interface NamespacesRequest {
  /** Options of unshare(1) that say which. */
  readonly namespaces: readonly string[];
  /** What is done there first, as a shell script, and its arguments. @default nothing */
  readonly script?: string;
  readonly words?: readonly string[];
  /** Beside a `PATH` of the system. */
  readonly env?: Readonly<Record<string, string>>;
  /** What is in vain when it fails: completes "Cannot …". */
  readonly action: string;
}

/** Says that the script is done, and ends with standard input. */
const HOLD = 'echo ready && read -r _';

/**
 * Calls `use` with the pid of such a process, which is gone when that has ended: whatever of the namespaces is to stay must
 * be held by then.
 *
 * Errors: AgentError `not-able` without the programs or rights for it; what `use` throws.
 */
export async function inOwnNamespaces<Result>(
  { namespaces, script = 'true', words = [], env = {}, action }: NamespacesRequest,
  use: (pid: number) => Promise<Result>,
): Promise<Result> {
  const [unshare, sh] = await Promise.all(['unshare', 'sh'].map(findSystemProgram));
  if (unshare === undefined || sh === undefined) {
    throw new AgentError('not-able', `Cannot ${action}: this system lacks "unshare" or "sh"`);
  }
  const { execa } = await import('execa');
  const subprocess = execa(unshare, [...namespaces, '--', sh, '-c', `${script} && ${HOLD}`, 'sh', ...words], {
    env: { ...env, PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
    extendEnv: false,
    cwd: '/',
    reject: false,
    stdin: 'pipe',
  });
  try {
    const first = (await subprocess.iterable()[Symbol.asyncIterator]().next()) as IteratorResult<string, undefined>;
    if (first.value === 'ready' && subprocess.pid !== undefined) return await use(subprocess.pid);
    const { stderr, shortMessage } = await subprocess;
    const why = stderr.trim() === '' ? (shortMessage ?? 'it failed') : stderr.trim().split('\n').at(-1);
    throw new AgentError('not-able', `Cannot ${action}: ${why ?? ''}`);
  } finally {
    subprocess.stdin.end();
    await subprocess;
  }
}
