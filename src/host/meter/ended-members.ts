import type { ProcessFigures } from './process-figures.ts';
import type { ProcessShare } from './processor-shares.ts';

/** Families that nobody asked for so long are forgotten, milliseconds. */
const FORGET_AFTER_MS = 120_000;

interface Seen {
  readonly startTime: number;
  /** Processor time of a family, those included that have ended, milliseconds. */
  readonly totalMs: number;
  readonly at: number;
}

/**
 * The processor time of those in a family that came and went between two looks, as the many short programs of a script.
 * When a process has ended, its time becomes that of its parent's ended children: so the time of the whole family only
 * grows, and what it grew by beyond what those grew by that are there was used by others.
 */
export class EndedMembers {
  /** By the main process; those looked at last stand last. */
  readonly #seen = new Map<number, Seen>();

  /** Percent of one core since the look before, at first 0. `main` is one of the family; `now` is monotonic. */
  measure(
    main: Pick<ProcessFigures, 'pid' | 'startTime'>,
    family: readonly Pick<ProcessFigures, 'pid' | 'cpuMs' | 'endedMs'>[],
    shares: ReadonlyMap<number, Pick<ProcessShare, 'sinceMs'>>,
    now: number,
  ): number {
    const { pid, startTime } = main;
    const totalMs = family.reduce((sum, { cpuMs, endedMs }) => sum + cpuMs + endedMs, 0);
    const before = this.#seen.get(pid);
    this.#seen.delete(pid);
    this.#seen.set(pid, { startTime, totalMs, at: now });
    this.#forget(now);
    if (before?.startTime !== startTime || now <= before.at) return 0;
    const present = family.reduce((sum, member) => sum + (shares.get(member.pid)?.sinceMs ?? 0), 0);
    return Math.max(0, ((totalMs - before.totalMs - present) / (now - before.at)) * 100);
  }

  #forget(now: number): void {
    for (const [pid, { at }] of this.#seen) {
      if (now - at <= FORGET_AFTER_MS) return;
      this.#seen.delete(pid);
    }
  }
}
