import { backoffDelay } from '../../base/backoff.ts';
import type { Controller, CountedRound, PlainContext } from './controller.ts';
import { CONTROLLER_BACKOFF, type RunnerParts } from './runner-parts.ts';
import { errorMessage } from '../../protocol/agent-error.ts';
import { Wakeups } from './wakeups.ts';

/** Runs one controller until it is done or everything stops. */
export class PlainRunner {
  readonly controller: Controller;
  readonly #parts: RunnerParts;
  readonly #wakeups: Wakeups;
  #failures = 0;
  /** How often outputs had been cleaned up at the last failure. */
  #cleanups = 0;

  constructor(controller: Controller, parts: RunnerParts) {
    this.controller = controller;
    this.#parts = parts;
    this.#wakeups = new Wakeups(() => {
      parts.counts.wakeups += 1;
    });
  }

  wake(): void {
    this.#wakeups.wake();
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { signal, counts, log, clock, random, tracking } = this.#parts;
    const onAbort = (): void => {
      this.#wakeups.close();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    while (!signal.aborted) {
      try {
        await this.controller.run(this.#context());
        return;
      } catch (error) {
        if (hasFired(signal)) return;
        counts.crashes += 1;
        if (tracking.ended > this.#cleanups) this.#failures = 0;
        this.#cleanups = tracking.ended;
        const delayMs = backoffDelay(CONTROLLER_BACKOFF, this.#failures, random);
        this.#failures += 1;
        log.error({ error: errorMessage(error), againInMs: delayMs }, 'A controller failed');
        tracking.drop();
        await pause(clock, delayMs, signal);
        this.wake();
      }
    }
  }

  #context(): PlainContext {
    const { state, signal, log, setInputs } = this.#parts;
    return {
      state,
      signal,
      log,
      events: this.#wakeups,
      wake: () => {
        this.wake();
      },
      setInputs,
      resetBackoff: () => {
        this.#failures = 0;
      },
      beginRound: () => this.#beginRound(),
    };
  }

  #beginRound(): CountedRound {
    const { clock, counts } = this.#parts;
    const began = clock.monotonic();
    return {
      inputs: 0,
      [Symbol.dispose](): void {
        counts.rounds += 1;
        counts.roundInputs += this.inputs;
        counts.reconcileBusy += clock.monotonic() - began;
      },
    };
  }
}

/** Asked anew: it may have fired since. */
export function hasFired(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Resolves after a while, or when the signal fires. */
export async function pause(clock: RunnerParts['clock'], ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const over = Promise.withResolvers<undefined>();
  const end = (): void => {
    over.resolve(undefined);
  };
  using _timer = clock.after(ms, end);
  signal.addEventListener('abort', end, { once: true });
  await over.promise;
  signal.removeEventListener('abort', end);
}
