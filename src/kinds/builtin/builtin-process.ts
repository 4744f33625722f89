/** The kind of durable built-ins: a function of this process, run as a job with output and history. */
import type { Clock } from '../../base/clock.ts';
import { JSON_RESULT_LEVEL } from '../../protocol/levels.ts';
import type { OutputSlice } from '../../protocol/output.ts';
import type { StopReason } from '../../protocol/run.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import type { Command } from '../../protocol/command.ts';
import type { Builtin, BuiltinContext } from '../../engine/builtin.ts';
import { checkBuiltinArguments, returnedJson, thrownError } from '../../engine/calls.ts';
import type { BuiltinServices } from '../../engine/calls.ts';
import type { Place, Process, ProcessFactory, RunEnding, RunObserver, RunPlan } from '../../engine/process.ts';
import { encodeMessage } from '../../engine/streams/message-encoder.ts';
import type { MemoryBudget } from '../../host/output/memory-budget.ts';
import { OutputLog } from '../../host/output/output-log.ts';

/** A job whose output is smaller than this in all has no file. */
const MEMORY_OUTPUT_BYTES = 64 * 1024;

export interface BuiltinKindOptions {
  readonly place: Place;
  readonly clock: Clock;
  readonly budget: MemoryBudget;
  readonly outputDirectory: (uid: string) => string;
  /** Bytes of one job's output that are kept. */
  readonly outputBytes: number;
  /** Asked when a run starts: the engine exists by then. */
  readonly services: () => BuiltinServices;
}

/** Makes the factory of one durable built-in. */
export function builtinKind(builtin: Builtin, options: BuiltinKindOptions): ProcessFactory {
  return {
    place: options.place,
    prepare: (command) => {
      const args = checkBuiltinArguments(builtin, command);
      if (builtin.resumes === true) assertOneRun(command);
      return {
        takesSlot: false,
        ...(builtin.isBatch === true ? { isBatch: true } : {}),
        ...(builtin.admit === undefined
          ? {}
          : { admit: () => builtin.admit?.(args, { command, jobs: options.services().jobs }) ?? [] }),
        start: (plan, observer) => {
          const process = new BuiltinProcess(builtin, args, plan, observer, options);
          process.begin();
          return Promise.resolve({ type: 'started', process, startedAt: process.startedAt });
        },
      };
    },
  };
}

/** What goes on under the next agent has one run, and neither holds a place nor a clock. */
function assertOneRun(command: Command): void {
  const given = [
    command.queue === undefined ? undefined : 'queue',
    command.maxTimeMs === undefined ? undefined : 'max_time',
    command.maxRestart === 0 ? undefined : 'max_restart',
    command.recurringPeriodMs === undefined ? undefined : 'recurring_period',
  ].filter((field) => field !== undefined);
  if (given.length === 0) return;
  throw new AgentError(
    'bad-command',
    `Cannot take "${given.join('", "')}" with "${command.name}": it runs once, at once`,
  );
}

class BuiltinProcess implements Process {
  readonly pid = undefined;
  readonly startedAt: number;
  readonly #builtin: Builtin;
  readonly #args: unknown;
  readonly #plan: RunPlan;
  readonly #observer: RunObserver;
  readonly #options: BuiltinKindOptions;
  readonly #log: OutputLog;
  readonly #abort = new AbortController();
  readonly #began: number;
  #deadline: Disposable | undefined;
  #grace: Disposable | undefined;
  /** When it is left behind, monotonic. */
  #patienceEnds = Infinity;
  #stop: StopReason | undefined;
  #isOver = false;

  constructor(builtin: Builtin, args: unknown, plan: RunPlan, observer: RunObserver, options: BuiltinKindOptions) {
    const { clock } = options;
    this.#builtin = builtin;
    this.#args = args;
    this.#plan = plan;
    this.#observer = observer;
    this.#options = options;
    this.startedAt = clock.now();
    this.#began = clock.monotonic();
    this.#log = new OutputLog({
      run: plan.run,
      epoch: this.startedAt,
      directory: options.outputDirectory(plan.uid),
      start: plan.outputStart,
      keepBytes: options.outputBytes,
      memoryBytes: Math.max(0, MEMORY_OUTPUT_BYTES - plan.outputStart),
      budget: options.budget,
      after: (ms, run) => clock.after(ms, run),
      // A function can't be told to wait: what it says beyond the bounds is dropped with a gap.
      onResume: () => undefined,
      onTrouble: (message) => observer.outputTrouble?.(message),
    });
  }

  /** Calls the function, after whoever started it had time to listen. */
  begin(): void {
    const { killGraceMs, command } = this.#plan;
    const { maxTimeMs } = command;
    if (maxTimeMs !== undefined) {
      this.#deadline = this.#options.clock.after(maxTimeMs, () => void this.stop('timeout', killGraceMs));
    }
    queueMicrotask(() => void this.#call());
  }

  read(from: number, maxBytes: number): Promise<OutputSlice> {
    return Promise.resolve(this.#log.read(from, maxBytes));
  }

  stop(reason: StopReason, graceMs: number): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    this.#stop ??= reason;
    this.#abort.abort(new AgentError(reason === 'timeout' ? 'timeout' : 'cancelled', `The job was stopped: ${reason}`));
    if (this.#builtin.resumes === true) return Promise.resolve();
    const { clock } = this.#options;
    const patienceEnds = clock.monotonic() + graceMs;
    // The first reason wins, the shortest grace counts.
    if (patienceEnds >= this.#patienceEnds) return Promise.resolve();
    this.#patienceEnds = patienceEnds;
    this.#grace?.[Symbol.dispose]();
    this.#grace = clock.after(graceMs, () => void this.#over({ type: 'abandoned' }));
    return Promise.resolve();
  }

  forget(): void {
    this.#log.close();
  }

  async #call(): Promise<void> {
    try {
      const value: unknown = await this.#builtin.run(this.#args, this.#context());
      const data = returnedJson(value);
      this.#say(JSON_RESULT_LEVEL, data);
      await this.#over({ type: 'returned', data });
    } catch (error) {
      await this.#over({ type: 'threw', error: thrownError(error) });
    }
  }

  #context(): BuiltinContext {
    const { jobs, queues, agent } = this.#options.services();
    return {
      command: this.#plan.command,
      signal: this.#abort.signal,
      message: (level, text) => {
        this.#say(level, text);
      },
      log: (text, level = 1) => {
        this.#say(level, text);
      },
      progress: (done, total, text) => this.#observer.progress?.(done, total, text),
      jobs,
      queues,
      agent,
      session: undefined,
    };
  }

  #say(level: number, text: string): void {
    if (this.#isOver) return;
    const stream = level === 2 ? 'stderr' : 'stdout';
    this.#log.append(stream, Buffer.from(encodeMessage(level, text)), this.#options.clock.now());
    this.#observer.grew(this.#log.end);
  }

  async #over(ending: RunEnding): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadline?.[Symbol.dispose]();
    this.#grace?.[Symbol.dispose]();
    const durationMs = this.#options.clock.monotonic() - this.#began;
    await this.#log.finish();
    this.#observer.exited({
      ending,
      ...(this.#stop === undefined ? {} : { stop: this.#stop }),
      startedAt: this.startedAt,
      durationMs,
      outputEnd: this.#log.end,
      outputDropped: this.#log.dropped,
      outputOnDisk: this.#log.isOnDisk,
      outputOpen: false,
      survivors: [],
      cleanup: ending.type === 'abandoned' ? 'abandoned' : 'none',
    });
  }
}
