import type { Writable } from 'node:stream';
import { errorMessage } from '../protocol/agent-error.ts';
import { CliError } from './cli-error.ts';
import { choosePaint, type Paint } from './paint.ts';

/** Where the CLI writes to: a terminal, a pipe or a file. */
export type OutputTarget = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** The reader of standard output went away, as `head` does: there is nobody left to write for. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

/** What is known of one of the two streams. */
export interface Screen {
  readonly isTerminal: boolean;
  /** Columns of the terminal; undefined for a pipe or a file, where nothing is cut. */
  readonly width: number | undefined;
  readonly paint: Paint;
}

/** The only writer to standard output and standard error: in the order it was asked, at the readers' pace. */
export class Output {
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly #targets: Readonly<Record<'stdout' | 'stderr', OutputTarget>>;
  #last: Promise<void> = Promise.resolve();

  constructor(stdout: OutputTarget, stderr: OutputTarget, env: Readonly<Record<string, string | undefined>>) {
    this.#targets = { stdout, stderr };
    this.stdout = screen(stdout, env);
    this.stderr = screen(stderr, env);
    // Each write has its own callback; without a listener the same error would end the process.
    stdout.on('error', () => undefined);
    stderr.on('error', () => undefined);
  }

  /**
   * Writes bytes as they are. Resolves when they are handed over, so that who awaits it goes at the reader's pace.
   * Errors: OutputClosed when the reader of standard output is gone, CliError when it can't be written; a lost
   * standard error is nobody's trouble.
   */
  write(to: 'stdout' | 'stderr', data: string | Uint8Array): Promise<void> {
    const written = this.#last
      .then(() => writeOne(this.#targets[to], data))
      .catch((error: unknown) => {
        if (to === 'stdout') throw isClosed(error) ? new OutputClosed() : unwritable(error);
      });
    this.#last = written.catch(() => undefined);
    return written;
  }

  /** A line on standard output. */
  line(text: string): Promise<void> {
    return this.write('stdout', `${text}\n`);
  }

  /** One JSON document on standard output: indented for a person, on one line for a program. */
  json(value: unknown): Promise<void> {
    return this.line(JSON.stringify(value, null, this.stdout.isTerminal ? 2 : undefined));
  }

  /** A dim line on standard error: what goes on, beside the job's own output. */
  note(text: string): Promise<void> {
    return this.write('stderr', `${this.stderr.paint('dim', text)}\n`);
  }

  /** Resolves when everything asked for so far is handed over. */
  drained(): Promise<void> {
    return this.#last;
  }
}

function screen(target: OutputTarget, env: Readonly<Record<string, string | undefined>>): Screen {
  const isTerminal = target.isTTY === true;
  return {
    isTerminal,
    // Asked each time: a person may change the size of the window.
    get width() {
      return isTerminal ? widthOf(target, env) : undefined;
    },
    paint: choosePaint(isTerminal, env),
  };
}

/** Some terminals say that they have no columns at all. */
function widthOf({ columns = 0 }: OutputTarget, env: Readonly<Record<string, string | undefined>>): number {
  const fromEnv = Number(env['COLUMNS'] ?? 0);
  if (columns > 0) return columns;
  return fromEnv > 0 ? fromEnv : 80;
}

function writeOne(target: OutputTarget, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    target.write(data, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function unwritable(error: unknown): CliError {
  return new CliError(`Cannot write to standard output: ${errorMessage(error)}`, { cause: error });
}

function isClosed(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EPIPE' || code === 'ECONNRESET' || code === 'ERR_STREAM_DESTROYED';
}
