import type { Readable } from 'node:stream';
import type { Output } from './output.ts';
import type { CallerTerminal } from './terminal/caller-terminal.ts';

/** Environment variables of the caller. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything outside itself that a command of the CLI may use. Tests hand in their own. */
export interface Cli {
  readonly output: Output;
  readonly env: Environment;
  /** The caller's working directory. */
  readonly directory: string;
  readonly home: string;
  readonly isRoot: boolean;
  /** Opened when it is asked for: a command that never reads it leaves it to others. */
  stdin(): Readable;
  /** What is known of the caller's terminal, if there is one. */
  readonly terminal: CallerTerminal;
  /** Calls `run` at each such signal instead of ending; disposing it restores what the signal does by itself. */
  onSignal(signal: NodeJS.Signals, run: () => void): Disposable;
  /** Ends the process by a signal, as if nobody had listened. */
  endBySignal(signal: NodeJS.Signals): void;
}
