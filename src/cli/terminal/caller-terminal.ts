import { writeSync } from 'node:fs';
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
  /** Writes this to the terminal should the process end before it is disposed, and before an error that ends it is shown. */
  atExit(text: string): Disposable;
}

/** A terminal that does not know its size has this one. */
export const USUAL_SIZE: TerminalSize = { columns: 80, rows: 24 };
const STANDARD_OUTPUT = 1;
/** No job's terminal may be larger. */
const MOST_CELLS = 10_000;

/** The terminal of a process's standard streams. Nothing of them is opened before it is asked for. */
export function callerTerminal(
  streams: Pick<NodeJS.Process, 'on' | 'off'> & {
    readonly stdin: TerminalInput;
    readonly stdout: WriteStream;
  },
): CallerTerminal {
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
    atExit: (text) => {
      let isWritten = false;
      const write = (): void => {
        if (!isWritten) writeNow(text);
        isWritten = true;
      };
      streams.on('exit', write).on('uncaughtExceptionMonitor', write);
      return { [Symbol.dispose]: () => void streams.off('exit', write).off('uncaughtExceptionMonitor', write) };
    },
  };
}

/** There is no later in a process that ends. */
function writeNow(text: string): void {
  try {
    writeSync(STANDARD_OUTPUT, text);
  } catch {
    // The terminal may be gone.
  }
}

function sizeOf({ columns, rows }: WriteStream): TerminalSize {
  return { columns: cells(columns, USUAL_SIZE.columns), rows: cells(rows, USUAL_SIZE.rows) };
}

function cells(count: number, usual: number): number {
  return count > 0 ? Math.min(count, MOST_CELLS) : usual;
}
