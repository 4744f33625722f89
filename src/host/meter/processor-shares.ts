import pidusage from 'pidusage';

import type { ProcessFigures } from './process-figures.ts';

/** What one process uses: percent of one core since it was looked at before (at first 0), and bytes. */
export interface ProcessShare {
  readonly cpu: number;
  readonly rss: number;
  /** Processor time since it was looked at before, milliseconds; at first 0. */
  readonly sinceMs: number;
}

/**
 * pidusage reads again what was read of the process anyway, by a thread, and holds its file open for up to 90 s. Beyond
 * this many it is worked out from what is known, so that an agent of many jobs keeps its files for its connections and
 * its processor for the jobs.
 */
const MOST_ASKED = 64;

/** It is asked for this many at a time: each takes a thread for a moment, which others need, too. */
const AT_ONCE = 128;

/**
 * It knows a process by its number alone. For one that got the number of another it fails until it has not been asked
 * for that number for 90 s, so it isn't asked, milliseconds.
 */
const FORGETS_AFTER_MS = 95_000;

interface Seen {
  readonly startTime: number;
  readonly cpuMs: number;
  readonly at: number;
  /** When pidusage was asked for this number, and which process had it then. */
  readonly asked: { readonly startTime: number; readonly at: number } | undefined;
}

/** Processor and memory of processes, by pidusage as far as it can tell. */
export class ProcessorShares {
  readonly #seen = new Map<number, Seen>();

  /** `now` is monotonic, milliseconds. Of a process that ended meanwhile the figures it had are told. */
  async measure(processes: readonly ProcessFigures[], now: number): Promise<Map<number, ProcessShare>> {
    const shares = new Map<number, ProcessShare>();
    const mayBeAsked: number[] = [];
    for (const figures of processes) {
      shares.set(figures.pid, this.#share(figures, now));
      const isAsked = mayBeAsked.length < MOST_ASKED && this.#mayBeAsked(figures, now);
      if (isAsked) mayBeAsked.push(figures.pid);
      this.#see(figures, now, isAsked);
    }
    for (let from = 0; from < mayBeAsked.length; from += AT_ONCE) {
      const told = await ask(mayBeAsked.slice(from, from + AT_ONCE));
      for (const [pid, { cpu, memory }] of told) {
        shares.set(pid, { cpu, rss: memory, sinceMs: shares.get(pid)?.sinceMs ?? 0 });
      }
    }
    this.#forget(now);
    return shares;
  }

  /** Worked out from two looks. */
  #share({ pid, startTime, cpuMs, rss }: ProcessFigures, now: number): ProcessShare {
    const before = this.#seen.get(pid);
    if (before?.startTime !== startTime || now <= before.at) return { cpu: 0, rss, sinceMs: 0 };
    const sinceMs = Math.max(0, cpuMs - before.cpuMs);
    return { cpu: (sinceMs / (now - before.at)) * 100, rss, sinceMs };
  }

  #mayBeAsked({ pid, startTime }: ProcessFigures, now: number): boolean {
    const asked = this.#seen.get(pid)?.asked;
    return asked === undefined || asked.startTime === startTime || now - asked.at > FORGETS_AFTER_MS;
  }

  #see({ pid, startTime, cpuMs }: ProcessFigures, now: number, isAsked: boolean): void {
    const asked = isAsked ? { startTime, at: now } : this.#seen.get(pid)?.asked;
    // Behind the others: those that were not looked at for longest come first.
    this.#seen.delete(pid);
    this.#seen.set(pid, { startTime, cpuMs, at: now, asked });
  }

  #forget(now: number): void {
    for (const [pid, { at }] of this.#seen) {
      if (now - at <= FORGETS_AFTER_MS) return;
      this.#seen.delete(pid);
    }
  }
}

/** Those it fails for are left out. */
async function ask(pids: readonly number[]): Promise<(readonly [number, { cpu: number; memory: number }])[]> {
  const told = await pidusage([...pids]).catch(() => ({}));
  // The types leave out that it has nothing for those it failed for.
  const entries: [string, { cpu: number; memory: number } | null | undefined][] = Object.entries(told);
  return entries.flatMap(([pid, usage]) =>
    usage === null || usage === undefined ? [] : [[Number(pid), usage] as const],
  );
}
