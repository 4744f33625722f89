/** Runs a program that tells how far it is, and leaves nothing behind: it is over when it ends, or when nobody waits any more. */
import process from 'node:process';

export interface HelperProgram {
  /** Absolute. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Its whole standard input. Default: none. */
  readonly input?: string;
  /** Absolute path of a file that takes its standard output, instead of {@link onLine}. */
  readonly outputFile?: string;
  /** Told of each line it says. */
  readonly onLine?: (line: string) => void;
  readonly signal: AbortSignal;
}

export type HelperEnd =
  /** `stderr`: the last of what it said there. */
  | { readonly type: 'exited'; readonly code: number; readonly stderr: string }
  /** It did not start, or a signal ended it. `why` is a clause: "SIGKILL ended it". */
  | { readonly type: 'failed'; readonly why: string };

/** What is kept of what it says on standard error, in characters. */
const KEPT_ERRORS = 16 * 1024;

/** Its process group is gone when this resolves. Errors: the signal's reason, and nothing else. */
export async function runHelper(helper: HelperProgram): Promise<HelperEnd> {
  const { program, args, env, cwd, input, outputFile, onLine, signal } = helper;
  // It takes many megabytes, and few agents ever need it.
  const { execa } = await import('execa');
  signal.throwIfAborted();
  const subprocess = execa(program, args, {
    cwd,
    env,
    extendEnv: false,
    detached: true,
    reject: false,
    buffer: false,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    stdout: outputFile === undefined ? 'pipe' : { file: outputFile },
    forceKillAfterDelay: false,
  });
  const end = (): void => {
    killGroup(subprocess.pid);
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const errors = lastOf(subprocess.iterable({ from: 'stderr' }));
    if (outputFile === undefined) for await (const line of subprocess) onLine?.(line);
    const { exitCode, signal: killer, shortMessage } = await subprocess;
    signal.throwIfAborted();
    if (exitCode !== undefined) return { type: 'exited', code: exitCode, stderr: await errors };
    return { type: 'failed', why: killer === undefined ? (shortMessage ?? 'it did not start') : `${killer} ended it` };
  } catch (error) {
    signal.throwIfAborted();
    return { type: 'failed', why: error instanceof Error ? error.message : String(error) };
  } finally {
    signal.removeEventListener('abort', end);
    // Whatever it started is gone with it.
    end();
  }
}

async function lastOf(lines: AsyncIterable<string>): Promise<string> {
  let kept = '';
  try {
    for await (const line of lines) kept = `${kept}${line}\n`.slice(-KEPT_ERRORS);
  } catch {
    // How it ended says what is wrong.
  }
  return kept.trim();
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left of it.
  }
}
