import type { Cli } from './cli-context.ts';

/** What ends a command that follows something. */
export const ENDING_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * While it is not disposed: the first of these signals calls `first`; the next one ends this process at once, by the
 * signal, as if nobody had listened.
 */
export function onInterrupt(
  cli: Pick<Cli, 'onSignal' | 'endBySignal'>,
  signals: readonly NodeJS.Signals[],
  first: (signal: NodeJS.Signals) => void,
): Disposable {
  let count = 0;
  const listeners = signals.map((signal) =>
    cli.onSignal(signal, () => {
      count += 1;
      if (count === 1) first(signal);
      else cli.endBySignal(signal);
    }),
  );
  return {
    [Symbol.dispose]: () => {
      for (const listener of listeners) listener[Symbol.dispose]();
    },
  };
}

/** Thrown when a signal ended the command. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`Ended by ${signal}`);
    this.signal = signal;
  }
}
