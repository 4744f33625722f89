// Runs the built executable on a pseudo-terminal, as a person does.
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex, Readable, Writable } from 'node:stream';
import path from 'node:path';

import { until } from '../harness/until.ts';
import { executable, userEnvironment } from './corex.ts';

const program = path.join(import.meta.dirname, '../fixtures/programs/on-a-terminal.py');

export interface TerminalScreen extends AsyncDisposable {
  /** All that was shown, colours included. */
  text(): string;
  shows(text: string): Promise<unknown>;
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Sends a signal to the executable. */
  signal(name: NodeJS.Signals): void;
  /** Takes nothing of what is shown until it is let go on. */
  freeze(isFrozen: boolean): void;
  /** The pid of the executable. */
  pid(): Promise<number>;
  /** Closes the window. */
  close(): void;
  /** The exit code, as a shell tells it. */
  readonly ended: Promise<number | null>;
  /** Whether the executable left the terminal's settings as they were; undefined until it has ended. */
  settings(): string | undefined;
}

export function onTerminal(
  args: readonly string[],
  dataDir: string,
  columns = 80,
  env: Record<string, string> = {},
): TerminalScreen {
  const child = spawn('python3', [program, String(columns), '24', process.execPath, executable, ...args], {
    env: userEnvironment({ COREX_DATA_DIR: dataDir, TERM: 'xterm-256color', ...env }),
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  }) as ChildProcessByStdio<Writable, Readable, null>;
  let shown = '';
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
  const control = child.stdio[3] as Duplex;
  control.on('data', (text: Buffer) => (told += text.toString())).on('error', () => undefined);
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    text: () => shown,
    shows: (text) =>
      until(`the terminal shows "${text}", and not only ${JSON.stringify(shown)}`, () => shown.includes(text)),
    type: (keys) => void child.stdin.write(keys),
    resize: (width, height) => void control.write(`size ${width} ${height}\n`),
    signal: (name) => void control.write(`signal ${name}\n`),
    freeze: (isFrozen) => void control.write(isFrozen ? 'freeze\n' : 'thaw\n'),
    pid: async () => {
      await until('the pid is known', () => told.includes('\n'));
      return Number(/^pid (\d+)/.exec(told)?.[1]);
    },
    close: () => void child.kill('SIGKILL'),
    ended,
    settings: () => /^settings (\w+)$/m.exec(told)?.[1],
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A program that fills the screen: see its file. */
export const fullScreen = ['python3', path.join(import.meta.dirname, '../fixtures/programs/full-screen.py')];
