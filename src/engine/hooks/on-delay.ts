import type { Hook } from './hook.ts';

/** Calls `action` once, when a run has lasted `delayMs`. A run that ends earlier doesn't count. */
export function onDelay(delayMs: number, action: () => void): Hook {
  let timer: Disposable | undefined;
  let fired = false;
  return {
    name: 'delay',
    started: (_run, timers) => {
      if (fired) return;
      timer = timers.after(delayMs, () => {
        fired = true;
        action();
      });
    },
    exited: () => {
      timer?.[Symbol.dispose]();
    },
  };
}
