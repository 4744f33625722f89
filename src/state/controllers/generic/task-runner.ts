import { backoffDelay } from '../../../base/backoff.ts';
import { type Clock, systemClock } from '../../../base/clock.ts';
import { errorMessage } from '../../../protocol/agent-error.ts';
import { type Logger, silentLogger } from '../../../telemetry/logger.ts';
import { equal } from '../../resource.ts';
import { hasFired, pause } from '../plain-runner.ts';
import { CONTROLLER_BACKOFF } from '../runner-parts.ts';

/** What a task is given. */
export interface TaskContext<Spec> {
  readonly id: string;
  readonly spec: Spec;
  /** Fires when it is to end. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export interface TaskRunnerOptions<Spec> {
  /** Runs until it is done or its signal fires. What it throws is logged, and it is run again after a while. */
  readonly run: (task: TaskContext<Spec>) => Promise<void>;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** From 0 to 1, for the delays after failures. */
  readonly random: () => number;
}

interface Task<Spec> {
  readonly spec: Spec;
  readonly abort: AbortController;
  /** Never rejects. */
  readonly ended: Promise<void>;
}

/** A task that ran so long before it failed did well. */
const HEALTHY_MS = 60_000;

/**
 * Keeps one task running for each of some ids, such as one for each resource: for controllers whose outputs are things
 * that run. To be disposed of, which ends all.
 */
export class TaskRunner<Spec> implements AsyncDisposable {
  readonly #options: TaskRunnerOptions<Spec>;
  readonly #clock: Clock;
  readonly #tasks = new Map<string, Task<Spec>>();
  /** The last of `reconcile` and `stop` that is under way. */
  #turn: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: TaskRunnerOptions<Spec>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Ids of the tasks there are, those that are done included. */
  get ids(): string[] {
    return [...this.#tasks.keys()];
  }

  /**
   * From now on these run: others end, those with another spec are replaced, missing ones begin. One that is done stays
   * so while its spec is the same. Resolves when what had to end has ended. Errors: TypeError when it was stopped.
   */
  async reconcile(wanted: ReadonlyMap<string, Spec>): Promise<void> {
    if (this.#isStopped) throw new TypeError('Cannot run tasks any more: they were stopped');
    const copy = new Map(wanted);
    await this.#inTurn(() => this.#reconcile(copy));
  }

  /** Ends all tasks, and resolves when they have ended. Idempotent. */
  stop(): Promise<void> {
    this.#isStopped = true;
    for (const { abort } of this.#tasks.values()) abort.abort();
    return this.#inTurn(() => this.#reconcile(new Map()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #reconcile(wanted: ReadonlyMap<string, Spec>): Promise<void> {
    const leaving = [...this.#tasks].filter(([id, { spec }]) => !wanted.has(id) || !equal(spec, wanted.get(id)));
    for (const [, { abort }] of leaving) abort.abort();
    await Promise.all(leaving.map(([, { ended }]) => ended));
    for (const [id] of leaving) this.#tasks.delete(id);
    if (this.#isStopped) return;
    for (const [id, spec] of wanted) if (!this.#tasks.has(id)) this.#begin(id, spec);
  }

  #begin(id: string, spec: Spec): void {
    const abort = new AbortController();
    this.#tasks.set(id, { spec, abort, ended: this.#supervise(id, spec, abort.signal) });
  }

  async #supervise(id: string, spec: Spec, signal: AbortSignal): Promise<void> {
    const { run, logger = silentLogger, random } = this.#options;
    const log = logger.child({ task: id });
    for (let failures = 0; !signal.aborted; failures += 1) {
      const began = this.#clock.monotonic();
      try {
        await run({ id, spec, signal, log });
        return;
      } catch (error) {
        if (hasFired(signal)) return;
        if (this.#clock.monotonic() - began > HEALTHY_MS) failures = 0;
        const delayMs = backoffDelay(CONTROLLER_BACKOFF, failures, random);
        log.error({ error: errorMessage(error), againInMs: delayMs }, 'A task failed');
        await pause(this.#clock, delayMs, signal);
      }
    }
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work);
    return this.#turn;
  }
}
