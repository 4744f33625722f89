/** The agent's controllers: registered at any time, run by a runtime that is replaced when it fails. */
import { backoffDelay } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import { inTime } from '../../base/in-time.ts';
import { errorMessage } from '../../protocol/agent-error.ts';
import type { Controller, QueueController } from '../../state/controllers/controller.ts';
import type { ControllerCounts } from '../../state/controllers/controller-counts.ts';
import type { Edge } from '../../state/controllers/dependencies.ts';
import { ControllerRuntime } from '../../state/controllers/runtime.ts';
import type { EventLog } from '../../state/event-log.ts';
import type { State } from '../../state/state.ts';
import type { Logger } from '../../telemetry/logger.ts';

export interface ControllersOptions {
  readonly state: State;
  /** What the backends of `state` share. */
  readonly log: EventLog;
  readonly logger: Logger;
  readonly clock: Clock;
  /** From 0 to 1, for delays. */
  readonly random: () => number;
}

type Registration = (runtime: ControllerRuntime) => void;

/** Before a runtime that failed is replaced. */
const RESTART = { firstMs: 200, factor: 2, capMs: 30_000, jitter: 0.5 };
/** A runtime that ran so long before it failed is replaced as soon as the first one. */
const GOOD_RUN_MS = 60_000;

export class Controllers {
  readonly #options: ControllersOptions;
  readonly #registrations: Registration[] = [];
  readonly #stop = new AbortController();
  /** What the controllers of runtimes that failed did. */
  readonly #earlier = new Map<string, ControllerCounts>();
  #runtime: ControllerRuntime;
  #running: Promise<void> | undefined;
  #failures = 0;

  constructor(options: ControllersOptions) {
    this.#options = options;
    this.#runtime = this.#make();
  }

  /** At any time; it runs once the agent takes commands. Errors: TypeError for a name that is taken, or declarations that don't go together with others'. */
  register(controller: Controller): void {
    this.#add((runtime) => {
      runtime.register(controller);
    });
  }

  /** As {@link register}. */
  registerQueue(controller: QueueController): void {
    this.#add((runtime) => {
      runtime.registerQueue(controller);
    });
  }

  /** What each controller did so far. */
  counts(): Readonly<Record<string, ControllerCounts>> {
    return Object.fromEntries(
      Object.entries(this.#runtime.counts()).map(([name, counts]) => [name, sum(this.#earlier.get(name), counts)]),
    );
  }

  /** How often a runtime failed and was replaced. */
  get failures(): number {
    return this.#failures;
  }

  /** Who reads and writes what. */
  edges(): readonly Edge[] {
    return this.#runtime.edges();
  }

  /** The same, for people: one line an edge, or a picture in Mermaid. */
  draw(form: 'text' | 'mermaid'): string {
    return this.#runtime.draw(form);
  }

  /** Idempotent. */
  start(): void {
    this.#running ??= this.#runForEver();
  }

  /** Resolves when all have stopped, and to false when some had not after `deadlineMs`: they are left alone then. Idempotent. */
  async stop(deadlineMs: number): Promise<boolean> {
    this.#stop.abort();
    if (this.#running === undefined) return true;
    return await inTime(
      this.#options.clock,
      deadlineMs,
      this.#running.then(() => true),
      false,
    );
  }

  #add(registration: Registration): void {
    registration(this.#runtime);
    this.#registrations.push(registration);
  }

  #make(): ControllerRuntime {
    const { state, log, logger, clock, random } = this.#options;
    return new ControllerRuntime(state, { log, logger, clock, random });
  }

  /** Never rejects. */
  async #runForEver(): Promise<void> {
    const { clock, logger, random } = this.#options;
    const { signal } = this.#stop;
    let inARow = 0;
    while (!signal.aborted) {
      const since = clock.monotonic();
      try {
        await this.#runtime.run(signal);
        return;
      } catch (error) {
        if (clock.monotonic() - since >= GOOD_RUN_MS) inARow = 0;
        const delayMs = backoffDelay(RESTART, inARow, random);
        inARow += 1;
        this.#failures += 1;
        logger.error({ error: errorMessage(error), againInMs: delayMs }, 'The controllers failed and are begun anew');
        await this.#pause(delayMs);
        this.#replace();
      }
    }
  }

  #replace(): void {
    for (const [name, counts] of Object.entries(this.counts())) this.#earlier.set(name, { ...counts, queueLength: 0 });
    this.#runtime = this.#make();
    for (const register of this.#registrations) register(this.#runtime);
  }

  async #pause(ms: number): Promise<void> {
    const over = Promise.withResolvers<undefined>();
    const end = (): void => {
      over.resolve(undefined);
    };
    using _timer = this.#options.clock.after(ms, end);
    this.#stop.signal.addEventListener('abort', end, { once: true });
    await over.promise;
    this.#stop.signal.removeEventListener('abort', end);
  }
}

function sum(earlier: ControllerCounts | undefined, now: ControllerCounts): ControllerCounts {
  if (earlier === undefined) return now;
  const keys = Object.keys(now) as (keyof ControllerCounts)[];
  return Object.fromEntries(keys.map((key) => [key, earlier[key] + now[key]])) as unknown as ControllerCounts;
}
