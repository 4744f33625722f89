import type { Cli } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';

/** What a command line wishes of a terminal. */
export interface TerminalWishes {
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly detach: boolean;
  readonly json: boolean;
}

/** A terminal can only be like this one if there is this one. In the background there is nobody to see it. Errors: UsageError. */
export function checkTerminal({ stdin, tty, detach, json }: TerminalWishes, { terminal }: Pick<Cli, 'terminal'>): void {
  if (!tty || detach) return;
  if (json) throw new UsageError('Cannot use --json with --tty: what is on a terminal is for people');
  if (terminal.size === undefined) {
    throw new UsageError('Cannot use --tty: standard output is no terminal; leave it out to get the bytes');
  }
  if (stdin && terminal.keyboard === undefined) {
    throw new UsageError('Cannot use --tty with --stdin: standard input is no terminal; --stdin alone passes it on');
  }
}
