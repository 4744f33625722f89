import type { Clock } from '../../base/clock.ts';
import { AgentError } from '../../protocol/agent-error.ts';

/** How long something may take, and who may give it up. */
export interface Patience {
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Gives up, with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A signal that aborts when time is up or who waits gives up. Disposing it ends the timer. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/** `what` is in the message of the AgentError `timeout` the signal aborts with: "Cannot … within 2 s". */
export function startDeadline(what: string, { timeoutMs, clock, signal }: Patience): Deadline {
  const abort = new AbortController();
  const timer = clock.after(timeoutMs, () => {
    abort.abort(new AgentError('timeout', `${what} within ${String(timeoutMs / 1000)} s`));
  });
  return {
    signal: signal === undefined ? abort.signal : AbortSignal.any([abort.signal, signal]),
    [Symbol.dispose]: () => {
      timer[Symbol.dispose]();
    },
  };
}
