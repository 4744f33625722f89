import type { JobCommand } from '../client/run-job.ts';
import type { OptionSpecs, OptionValues } from './cli-command.ts';
import { CONFINEMENT_OPTIONS } from './confinement-options.ts';
import { runCommand, RUN_OPTIONS, type RunCaller } from './run-command.ts';
import { USUAL_SIZE, type TerminalSize } from './terminal/caller-terminal.ts';

const { id, env, cwd, grace, tag, keep, ttl } = RUN_OPTIONS;
// Its letter is that of the terminal here.
const { short: _short, ...timeout } = RUN_OPTIONS.timeout;

/** The options of `exec` that say what the job is. */
export const EXEC_OPTIONS = {
  stdin: { type: 'flag', short: 'i', summary: 'pass standard input on to the job; without it the job reads nothing' },
  tty: { type: 'flag', short: 't', summary: 'give it a terminal like this one; with -i, connected to the keyboard' },
  id,
  env,
  cwd,
  timeout,
  grace,
  tag,
  keep,
  ttl,
  ...CONFINEMENT_OPTIONS,
} as const satisfies OptionSpecs;

/** What `run` can say and `exec` does not: it starts at once, and once. */
const NOT_SAID = {
  after: [],
  queue: undefined,
  priority: undefined,
  maxRestart: undefined,
  every: undefined,
  stats: undefined,
  successCode: [],
  raw: false,
  command: undefined,
  args: undefined,
} as const;

/** What a program is told of its terminal's kind when the caller does not know his own. */
const USUAL_KIND = 'xterm-256color';

/** The command that options and words of `exec` ask for. Errors: UsageError. */
export function execCommand(
  options: OptionValues<typeof EXEC_OPTIONS>,
  words: readonly string[],
  caller: RunCaller,
  size: TerminalSize = USUAL_SIZE,
): JobCommand {
  if (!options.tty) return runCommand({ ...NOT_SAID, ...options }, words, caller);
  // What is painted on a terminal is no messages.
  const env = [`TERM=${caller.env['TERM'] ?? USUAL_KIND}`, ...options.env];
  const command = runCommand({ ...NOT_SAID, ...options, env, raw: true }, words, caller);
  const { columns, rows } = size;
  return { ...command, arguments: { ...(command.arguments as object), pty: { columns, rows } } };
}
