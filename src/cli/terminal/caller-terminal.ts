import type { Readable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { makeRaw, type RawMode, type TerminalInput } from './raw-mode.ts';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A keyboard that standard input comes from. */
export interface Keyboard {
  readonly keys: Readable;
  /** Keys come one by one and are not shown, output is not touched, until it is disposed. */
  makeRaw(): Promise<RawMode>;
}

/** The terminal that standard input and standard output belong to; either may be something else. */
export interface CallerTerminal {
  /** Undefined when standard output is no terminal. */
  readonly size: TerminalSize | undefined;
  /** Undefined when standard input is no terminal. */
  readonly keyboard: Keyboard | undefined;
  /** Calls `run` each time the size has changed. */
  onResize(run: () => void): Disposable;
}

/** A terminal that does not know its size has this one. */
export const USUAL_SIZE: TerminalSize = { columns: 80, rows: 24 };
/** No job's terminal may be larger. */
const MOST_CELLS = 10_000;

/** The terminal of a process's standard streams. Nothing of them is opened before it is asked for. */
export function callerTerminal(streams: {
  readonly stdin: TerminalInput;
  readonly stdout: WriteStream;
}): CallerTerminal {
  return {
    get size() {
      return streams.stdout.isTTY ? sizeOf(streams.stdout) : undefined;
    },
    get keyboard() {
      const { stdin } = streams;
      return stdin.isTTY ? { keys: stdin, makeRaw: () => makeRaw(stdin) } : undefined;
    },
    onResize: (run) => {
      const { stdout } = streams;
      stdout.on('resize', run);
      return { [Symbol.dispose]: () => void stdout.off('resize', run) };
    },
  };
}

function sizeOf({ columns, rows }: WriteStream): TerminalSize {
  return { columns: cells(columns, USUAL_SIZE.columns), rows: cells(rows, USUAL_SIZE.rows) };
}

function cells(count: number, usual: number): number {
  return count > 0 ? Math.min(count, MOST_CELLS) : usual;
}
