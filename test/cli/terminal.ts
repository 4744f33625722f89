// Runs the built executable on a pseudo-terminal, as a person does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import { until } from '../harness/until.ts';
import { executable, userEnvironment } from './corex.ts';

const program = path.join(import.meta.dirname, '../fixtures/programs/on-a-terminal.py');

export interface TerminalScreen extends AsyncDisposable {
  /** All that was shown, colours included. */
  text(): string;
  shows(text: string): Promise<unknown>;
  type(keys: string): void;
  /** The exit code, as a shell tells it. */
  readonly ended: Promise<number | null>;
}

export function onTerminal(
  args: readonly string[],
  dataDir: string,
  columns = 80,
  env: Record<string, string> = {},
): TerminalScreen {
  const child = spawn('python3', [program, String(columns), '24', process.execPath, executable, ...args], {
    env: userEnvironment({ COREX_DATA_DIR: dataDir, TERM: 'xterm-256color', ...env }),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    text: () => shown,
    shows: (text) =>
      until(`the terminal shows "${text}", and not only ${JSON.stringify(shown)}`, () => shown.includes(text)),
    type: (keys) => void child.stdin.write(keys),
    ended,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}
