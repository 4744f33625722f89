/** Calls: functions answered at once and not kept. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AgentError, errorMessage, isAgentError } from '../protocol/agent-error.ts';
import { describeIssues } from '../protocol/command.ts';
import type { Command } from '../protocol/command.ts';
import { JSON_RESULT_LEVEL } from '../protocol/levels.ts';
import type { JobResult } from '../protocol/result.ts';
import type { Clock } from '../base/clock.ts';
import type { AgentAccess, Builtin, BuiltinContext } from './builtin.ts';
import type { JobAccess, QueueAccess } from './job-access.ts';
import type { RunEnding } from './process.ts';
import { buildResult, SILENCE } from './result-builder.ts';
import type { RunSpeech } from './result-builder.ts';
import { outcomeOfEnd } from './run-outcome.ts';
import { MessageCollector } from './streams/message-collector.ts';
import type { Caller } from './submission.ts';

/** What every built-in may use. */
export interface BuiltinServices {
  readonly jobs: JobAccess;
  readonly queues: QueueAccess;
  readonly agent: AgentAccess;
}

export interface StartedCall {
  readonly result: Promise<JobResult>;
  cancel(reason: string): void;
}

const NO_ARGUMENTS = z.strictObject({});

/** Checks arguments against a built-in's schema. Errors: AgentError `bad-arguments`, `bad-command`. */
export function checkBuiltinArguments(builtin: Builtin, command: Command): unknown {
  const schema: z.ZodType = builtin.arguments ?? NO_ARGUMENTS;
  const parsed = schema.safeParse(command.args ?? {});
  if (parsed.success) return parsed.data;
  const shape = schema instanceof z.ZodObject ? schema : undefined;
  throw new AgentError('bad-arguments', `Cannot run "${builtin.name}": ${describeIssues(parsed.error, shape)}`);
}

/** Refuses fields that only mean something for jobs. */
export function assertPlainCall(command: Command): void {
  const given = [
    command.queue === undefined ? undefined : 'queue',
    command.maxRestart === 0 ? undefined : 'max_restart',
    command.recurringPeriodMs === undefined ? undefined : 'recurring_period',
    command.keep ? 'keep' : undefined,
    command.raw ? 'raw' : undefined,
  ].filter((field) => field !== undefined);
  if (given.length === 0) return;
  throw new AgentError(
    'bad-command',
    `Cannot take "${given.join('", "')}" with "${command.name}": it is a call, answered at once, not a job`,
  );
}

/** What a built-in threw, as an error for its result. */
export function thrownError(error: unknown): { code: string; message: string; number: number } {
  if (isAgentError(error)) return { code: error.code, message: error.message, number: error.number };
  return { code: 'failed', message: errorMessage(error), number: 500 };
}

/** The library's types leave out that functions, symbols and undefined have no JSON. */
const stringify: (value: unknown) => string | undefined = JSON.stringify;

/** The JSON of a return value; what has none is null. Throws what JSON.stringify throws. */
export function returnedJson(value: unknown): string {
  return stringify(value) ?? 'null';
}

/** Runs a call whose arguments are known to be good. Never throws. */
export function startCall(
  builtin: Builtin,
  args: unknown,
  command: Command,
  caller: Caller,
  services: BuiltinServices,
  clock: Clock,
): StartedCall {
  const startedAt = clock.now();
  const began = clock.monotonic();
  const abort = new AbortController();
  const speech = new CallSpeech(command, caller, clock);
  const finish = (ending: RunEnding, stop?: 'killed' | 'timeout'): JobResult => {
    const end = {
      ending,
      ...(stop === undefined ? {} : { stop }),
      startedAt,
      durationMs: clock.monotonic() - began,
      outputEnd: 0,
      outputDropped: 0,
      outputOnDisk: false,
      outputOpen: false,
      survivors: [],
      cleanup: ending.type === 'abandoned' ? ('abandoned' as const) : ('none' as const),
    };
    const outcome = outcomeOfEnd(end, []);
    const run = { ...end, run: 1, outcome, speech: speech.end(ending) };
    const totals = {
      id: command.id ?? randomUUID(),
      command: command.name,
      tags: command.tags,
      runs: 1,
      outputBytes: 0,
      outputDropped: 0,
    };
    return buildResult(totals, run, outcome);
  };
  const context: BuiltinContext = {
    command,
    signal: abort.signal,
    message: (level, text) => {
      speech.say(level, text);
    },
    log: (text, level = 1) => {
      speech.say(level, text);
    },
    progress: () => undefined,
    jobs: services.jobs,
    queues: services.queues,
    agent: services.agent,
    session: caller.session,
  };
  let returned: unknown;
  try {
    returned = builtin.run(args, context);
    if (!(returned instanceof Promise))
      return {
        result: Promise.resolve(finish({ type: 'returned', data: returnedJson(returned) })),
        cancel: () => undefined,
      };
  } catch (error) {
    return { result: Promise.resolve(finish({ type: 'threw', error: thrownError(error) })), cancel: () => undefined };
  }
  const { promise, resolve } = Promise.withResolvers<JobResult>();
  const deadline =
    command.maxTimeMs === undefined
      ? undefined
      : clock.after(command.maxTimeMs, () => {
          abort.abort(new AgentError('timeout', `"${command.name}" ran longer than its max_time`));
          resolve(finish({ type: 'abandoned' }, 'timeout'));
        });
  returned
    .then(
      (value) => finish({ type: 'returned', data: returnedJson(value) }),
      (error: unknown) => finish({ type: 'threw', error: thrownError(error) }),
    )
    .catch((error: unknown) => finish({ type: 'threw', error: thrownError(error) }))
    .then(resolve, () => undefined)
    .finally(() => deadline?.[Symbol.dispose]());
  return {
    result: promise,
    cancel: (reason) => {
      abort.abort(new AgentError('cancelled', reason));
      deadline?.[Symbol.dispose]();
    },
  };
}

/** What a call says while it runs: streamed to its caller if asked, and summed up for its result. */
class CallSpeech {
  readonly #command: Command;
  readonly #caller: Caller;
  readonly #clock: Clock;
  #collector: MessageCollector | undefined;
  #position = 0;

  constructor(command: Command, caller: Caller, clock: Clock) {
    this.#command = command;
    this.#caller = caller;
    this.#clock = clock;
  }

  say(level: number, text: string): void {
    this.#collector ??= new MessageCollector();
    this.#position += Buffer.byteLength(text) + 1;
    const message = { seq: this.#position - 1, level, text, epoch: this.#clock.now() };
    this.#collector.add({ ...message, stream: level === 2 ? 'stderr' : 'stdout', terminated: true, run: 1 });
    if (this.#command.stream && (this.#command.logLevels?.includes(level) ?? true))
      this.#caller.onCallMessage?.(message);
  }

  end(ending: RunEnding): RunSpeech {
    const said = this.#collector?.speech() ?? SILENCE;
    return ending.type === 'returned' ? { ...said, data: ending.data, level: JSON_RESULT_LEVEL } : said;
  }
}
