import type { Cli } from './cli-context.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * While it is not disposed: the first Ctrl-C (or SIGTERM, SIGHUP) calls `first`; the next one ends this process at
 * once, by the signal, as if nobody had listened.
 */
export function onInterrupt(
  cli: Pick<Cli, 'onSignal' | 'endBySignal'>,
  first: (signal: NodeJS.Signals) => void,
): Disposable {
  let count = 0;
  const listeners = SIGNALS.map((signal) =>
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
