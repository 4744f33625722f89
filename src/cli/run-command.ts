import { resolve } from 'node:path';
import type { JobCommand } from '../client/run-job.ts';
import { AFTER_OPTION, readAfterOption } from './after-option.ts';
import { readTraceParent } from '../protocol/trace-parent.ts';
import type { OptionSpecs, OptionValues } from './cli-command.ts';
import { UsageError } from './cli-error.ts';
import { CONFINEMENT_OPTIONS, confinementArguments, givenConfinement } from './confinement-options.ts';
import type { Environment } from './cli-context.ts';

const ID_PATTERN = /^[\x21-\x7e]{1,128}$/;

/** The options of `run` that say what the job is and how it is kept. */
export const RUN_OPTIONS = {
  id: {
    type: 'text',
    value: 'ID',
    summary: 'name of the job; the same id and program again joins the job instead of starting a second one',
  },
  env: {
    type: 'text',
    short: 'e',
    value: 'NAME[=VALUE]',
    multiple: true,
    summary: 'a variable for the job; without a value, the caller’s own',
  },
  cwd: {
    type: 'text',
    short: 'C',
    value: 'DIR',
    summary: 'directory to run in; default the caller’s, if the agent is on this machine',
  },
  stdin: { type: 'flag', short: 'i', summary: 'pass standard input on to the job; without it the job reads nothing' },
  ...AFTER_OPTION,
  queue: { type: 'text', short: 'q', value: 'NAME', summary: 'wait in this queue' },
  priority: { type: 'integer', value: 'N', min: -1000, max: 1000, summary: 'place in the queue, higher goes first' },
  timeout: { type: 'duration', short: 't', value: 'TIME', summary: 'stop a run that takes longer' },
  grace: {
    type: 'duration',
    value: 'TIME',
    summary: 'time between TERM and KILL when it is stopped, 10 s unless said',
  },
  maxRestart: {
    type: 'integer',
    value: 'N',
    min: 0,
    max: 1_000_000_000,
    summary: 'restart it up to N times when it fails',
  },
  every: { type: 'duration', value: 'TIME', summary: 'run it again this long after each end' },
  successCode: {
    type: 'integer',
    value: 'N',
    min: 0,
    max: 255,
    multiple: true,
    summary: 'exit code that means success, too',
  },
  tag: { type: 'text', value: 'TAG', multiple: true, summary: 'label to find it by' },
  stats: { type: 'duration', value: 'TIME', summary: 'measure what it uses this often, for "corex stats"' },
  keep: { type: 'flag', summary: 'leave alive what outlives the main process' },
  ttl: {
    type: 'duration',
    value: 'TIME',
    summary: 'how long result and output are kept after the end, 1d unless said',
  },
  raw: { type: 'flag', summary: 'keep bytes only: no messages and no result are read from the output' },
  ...CONFINEMENT_OPTIONS,
  command: { type: 'text', value: 'NAME', summary: 'run this command of the agent instead of a program' },
  args: { type: 'json', value: 'JSON', summary: 'arguments for --command' },
} as const satisfies OptionSpecs;

/** What a job needs to know of its caller. */
export interface RunCaller {
  readonly env: Environment;
  readonly directory: string;
  /** The agent runs on the caller's machine: its directory and its search path mean something there. */
  readonly isLocal: boolean;
}

/** The command that options and words of `run` ask for. Errors: UsageError. */
export function runCommand(
  options: OptionValues<typeof RUN_OPTIONS>,
  words: readonly string[],
  caller: RunCaller,
): JobCommand {
  if (options.id !== undefined && !ID_PATTERN.test(options.id)) {
    throw new UsageError(
      `Cannot use "${options.id}" as an id: 1 to 128 printable ASCII characters without spaces are wanted`,
    );
  }
  const { command, args } = whatToRun(options, words, caller);
  const rest: Record<
    Exclude<keyof JobCommand, 'command' | 'restart_delay' | 'restart_max_delay' | 'log_levels'>,
    unknown
  > = {
    arguments: args,
    id: options.id,
    after: options.after.map(readAfterOption),
    queue: options.queue,
    priority: options.priority,
    stats_interval: options.stats,
    max_time: options.timeout,
    kill_grace: options.grace,
    max_restart: options.maxRestart,
    recurring_period: options.every,
    success_codes: options.successCode,
    tags: options.tag,
    keep: options.keep,
    ttl: options.ttl,
    raw: options.raw,
    trace: traceOf(caller.env),
  };
  return { command, ...given(rest) };
}

/** The trace the caller is in, as programs hand it on to each other. One that nobody can read is nobody's. */
function traceOf({ TRACEPARENT: text = '' }: Environment): string | undefined {
  return readTraceParent(text) === undefined ? undefined : text;
}

function whatToRun(options: OptionValues<typeof RUN_OPTIONS>, words: readonly string[], caller: RunCaller) {
  const [program, ...args] = words;
  if (options.command !== undefined) {
    if (program !== undefined)
      throw new UsageError(`Cannot run "${program}": --command runs a command of the agent instead`);
    const confinement = givenConfinement(options);
    if (confinement !== undefined)
      throw new UsageError(`Cannot use ${confinement} with --command: it confines a program`);
    return { command: options.command, args: options.args };
  }
  if (options.args !== undefined)
    throw new UsageError('Cannot use --args without --command: write arguments after the program');
  if (program === undefined) throw new UsageError('Cannot run a job: the program is missing');
  const env = environment(options.env, caller);
  return {
    command: 'core.system',
    args: {
      ...given({ name: program, args, dir: directory(options.cwd, caller), env, open_stdin: options.stdin }),
      ...confinementArguments(options),
    },
  };
}

/** Variables by name or with their value, and the search path, so that programs are found as the caller finds them. */
function environment(pairs: readonly string[], { env, isLocal }: RunCaller): Record<string, string> {
  const path = isLocal ? env['PATH'] : undefined;
  const variables: Record<string, string> = path === undefined ? {} : { PATH: path };
  for (const pair of pairs) {
    const split = pair.indexOf('=');
    const name = split === -1 ? pair : pair.slice(0, split);
    const value = split === -1 ? env[name] : pair.slice(split + 1);
    if (name === '') throw new UsageError(`Cannot read --env "${pair}": the name of the variable is missing`);
    // As with `docker run -e`: what the caller hasn't, the job hasn't.
    if (value !== undefined) variables[name] = value;
  }
  return variables;
}

function directory(cwd: string | undefined, { directory: own, isLocal }: RunCaller): string | undefined {
  if (cwd === undefined) return isLocal ? own : undefined;
  return isLocal ? resolve(own, cwd) : cwd;
}

/** Without what was not given: undefined, empty lists, and switches that are off. */
function given(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isGiven = (value: unknown): boolean =>
    value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(members).filter(([, value]) => isGiven(value)));
}
