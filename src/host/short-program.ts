/** Runs a program that leaves nothing behind, to its end. */
import process from 'node:process';

export interface ShortProgram {
  /** Absolute. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Its whole standard input. Default: none. */
  readonly input?: string;
  readonly timeoutMs: number;
  /** Longest answer, in bytes. */
  readonly maxBytes: number;
}

export type ShortProgramEnd =
  | { readonly type: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly type: 'signaled'; readonly signal: string; readonly stdout: string; readonly stderr: string }
  /** It did not start, was too late or said too much. `why` is a clause: "it did not answer within 2 s". */
  | { readonly type: 'failed'; readonly why: string };

/** Never rejects: whatever goes wrong is an end, too. Its process group is gone when this resolves. */
export async function runShortProgram(asked: ShortProgram): Promise<ShortProgramEnd> {
  const { program, args, env, cwd, input, timeoutMs, maxBytes } = asked;
  // It takes many megabytes, and few agents ever need it.
  const { execa } = await import('execa');
  const subprocess = execa(program, args, {
    cwd,
    env,
    extendEnv: false,
    detached: true,
    reject: false,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    maxBuffer: maxBytes,
    stripFinalNewline: false,
    forceKillAfterDelay: false,
  });
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort();
    killGroup(subprocess.pid);
  }, timeoutMs);
  try {
    const { isMaxBuffer, exitCode, signal, stdout, stderr, shortMessage } = await subprocess;
    if (late.signal.aborted) return { type: 'failed', why: `it did not answer within ${timeoutMs / 1000} s` };
    if (isMaxBuffer) return { type: 'failed', why: `it answered more than ${maxBytes} bytes` };
    if (exitCode !== undefined) return { type: 'exited', code: exitCode, stdout, stderr };
    if (signal !== undefined) return { type: 'signaled', signal, stdout, stderr };
    return { type: 'failed', why: shortMessage ?? 'it did not start' };
  } finally {
    clearTimeout(timer);
    // Whatever it started is gone with it.
    killGroup(subprocess.pid);
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left of it.
  }
}
