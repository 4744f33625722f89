import type { RunKey } from '../../src/host/launcher.ts';

/**
 * A run's key that no other process of the suite uses. What a run leaves behind is looked for on the whole machine by its
 * key, so files that are tested at the same time must not share one.
 */
export function runKey(name: string): RunKey {
  return `${name}-${process.pid}.1`;
}
