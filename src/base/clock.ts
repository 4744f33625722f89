/** Time as a parameter, so that what depends on it can be tested without waiting. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. May jump. Only for showing and for ages of stored things. */
  now(): number;
  /** Milliseconds since some fixed moment. Never jumps. For every duration and deadline. */
  monotonic(): number;
  /** Calls `run` once, `ms` from now (any length; less than 0 is 0). Disposing it first means never. */
  after(ms: number, run: () => void): Disposable;
}

/** The longest delay one system timer can hold. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, run) => {
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      timer = setTimeout(
        () => {
          if (left > LONGEST_TIMER_MS) arm(left - LONGEST_TIMER_MS);
          else run();
        },
        Math.min(Math.max(left, 0), LONGEST_TIMER_MS),
      );
    };
    arm(ms);
    return {
      [Symbol.dispose]: () => {
        clearTimeout(timer);
      },
    };
  },
};
