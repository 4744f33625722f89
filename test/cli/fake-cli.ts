// A context for commands under test: what they write is collected, and nothing of this process is touched.
import { Readable, Writable } from 'node:stream';

import type { Cli } from '../../src/cli/cli-context.ts';
import { Output } from '../../src/cli/output.ts';

export interface FakeCli extends Cli {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** What would have ended the process. */
  readonly endedBy: NodeJS.Signals[];
  /** As if the process got a signal. */
  raise(signal: NodeJS.Signals): void;
}

export function fakeCli(
  given: Partial<Pick<Cli, 'env' | 'directory' | 'home' | 'isRoot'>> & { columns?: number } = {},
): FakeCli {
  const [stdout, stderr] = [collector(), collector()];
  const screen = given.columns === undefined ? {} : { isTTY: true, columns: given.columns };
  const listeners = new Map<NodeJS.Signals, (() => void)[]>();
  const endedBy: NodeJS.Signals[] = [];
  return {
    output: new Output(Object.assign(stdout.target, screen), stderr.target, given.env ?? {}),
    env: given.env ?? {},
    directory: given.directory ?? '/caller',
    home: given.home ?? '/home/caller',
    isRoot: given.isRoot ?? false,
    stdin: () => Readable.from([]),
    terminal: {
      size: given.columns === undefined ? undefined : { columns: given.columns, rows: 24 },
      keyboard: undefined,
      onResize: () => ({ [Symbol.dispose]: () => undefined }),
      atExit: () => ({ [Symbol.dispose]: () => undefined }),
    },
    onSignal: (signal, run) => {
      listeners.set(signal, [...(listeners.get(signal) ?? []), run]);
      return {
        [Symbol.dispose]: () =>
          void listeners.set(
            signal,
            (listeners.get(signal) ?? []).filter((other) => other !== run),
          ),
      };
    },
    endBySignal: (signal) => void endedBy.push(signal),
    stdout: stdout.text,
    stderr: stderr.text,
    endedBy,
    raise: (signal) => listeners.get(signal)?.forEach((run) => run()),
  };
}

function collector(): { target: Writable; text: () => string } {
  const chunks: Buffer[] = [];
  const target = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  return { target, text: () => Buffer.concat(chunks).toString() };
}
