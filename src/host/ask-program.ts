/** Asks a program one question: it is run, and what it says until its end is the answer. It leaves nothing behind. */
import process from 'node:process';

export interface Question {
  /** Absolute. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly timeoutMs: number;
  /** Longest answer, in bytes. */
  readonly maxBytes: number;
}

export type Answer =
  | { readonly type: 'answered'; readonly stdout: string }
  | { readonly type: 'failed'; /** A clause: "it exited with 3". */ readonly why: string };

/** Never rejects: whatever goes wrong is an answer, too. */
export async function askProgram(question: Question): Promise<Answer> {
  const { program, args, env, cwd, timeoutMs, maxBytes } = question;
  // It takes many megabytes, and few agents ever need it.
  const { execa } = await import('execa');
  const subprocess = execa(program, args, {
    cwd,
    env,
    extendEnv: false,
    detached: true,
    reject: false,
    stdin: 'ignore',
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
    const { failed, isMaxBuffer, exitCode, signal, stdout, stderr, shortMessage } = await subprocess;
    if (late.signal.aborted) return { type: 'failed', why: `it did not answer within ${timeoutMs / 1000} s` };
    if (isMaxBuffer) return { type: 'failed', why: `it answered more than ${maxBytes} bytes` };
    if (!failed) return { type: 'answered', stdout };
    if (exitCode === undefined && signal === undefined)
      return { type: 'failed', why: shortMessage ?? 'it did not start' };
    const [line = ''] = stderr.trim().split('\n', 1);
    const end = exitCode === undefined ? `${signal ?? 'a signal'} ended it` : `it exited with ${exitCode}`;
    return { type: 'failed', why: line === '' ? end : `${end}: ${line.slice(0, 500)}` };
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
