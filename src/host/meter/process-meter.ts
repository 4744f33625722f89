import { readFile } from 'node:fs/promises';

import type { Clock } from '../../base/clock.ts';
import { nextTurn } from '../../base/next-turn.ts';
import type { Measurement } from '../../protocol/run.ts';
import { readMemory } from '../procfs.ts';
import { CgroupMeter } from './cgroup-meter.ts';
import { Families } from './families.ts';
import { type ProcessFigures, readAllFigures, readFigures } from './process-figures.ts';
import { EndedMembers } from './ended-members.ts';
import { type ProcessShare, ProcessorShares } from './processor-shares.ts';

/** One look at all processes tells who belongs to whom for about a second, milliseconds. */
const LOOK_EVERY_MS = 900;

/** Where there are very many processes it serves for longer, milliseconds for each: a look at one takes about 0.02 ms. */
const LOOK_EVERY_MS_EACH = 0.5;

/** Who asks again so soon gets the same answer: the kernel counts time in steps of 10 ms, which is too coarse for less. */
const FRESH_MS = 200;

interface Known {
  readonly measurement: Measurement;
  readonly at: number;
}

/**
 * Measures processes together with all that belongs to them: what descends from them, and what is in the session they
 * lead. However many are asked for in one turn of the loop, there is one look at the machine for all of them.
 */
export class ProcessMeter {
  readonly #clock: Clock;
  readonly #shares = new ProcessorShares();
  readonly #cgroups = new CgroupMeter();
  readonly #ended = new EndedMembers();
  /** Who asked since the last round began. */
  #asked = new Map<number, PromiseWithResolvers<Measurement | undefined>>();
  #isServing = false;
  #families: Families | undefined;
  #lookedAt = -Infinity;
  #lookAgainAfterMs = LOOK_EVERY_MS;
  readonly #known = new Map<number, Known>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * What a process and all that belongs to it use now; undefined when it is gone. `cpu` is since it was measured before,
   * so at first it is 0. Asked twice within 0.2 s it answers the same.
   */
  measure(pid: number): Promise<Measurement | undefined> {
    const known = this.#known.get(pid);
    if (known !== undefined && this.#clock.monotonic() - known.at < FRESH_MS) {
      return Promise.resolve(known.measurement);
    }
    let asked = this.#asked.get(pid);
    if (asked === undefined) {
      asked = Promise.withResolvers();
      this.#asked.set(pid, asked);
      if (!this.#isServing) void this.#rounds();
    }
    return asked.promise;
  }

  /** One after the other until nobody waits; those who ask during one are served by the next. */
  async #rounds(): Promise<void> {
    this.#isServing = true;
    while (this.#asked.size > 0) {
      // Whoever asks in this turn is still to come.
      await nextTurn();
      const asked = this.#asked;
      this.#asked = new Map();
      try {
        await this.#serve(asked);
      } catch (error) {
        for (const { reject } of asked.values()) reject(error);
      }
    }
    this.#isServing = false;
  }

  async #serve(asked: ReadonlyMap<number, PromiseWithResolvers<Measurement | undefined>>): Promise<void> {
    const pids = [...asked.keys()];
    const { families, figures } = await this.#look(pids);
    const members = new Map(pids.map((pid) => [pid, figures.has(pid) ? families.of(pid) : []]));
    const measured = [...new Set([...members.values()].flat())].flatMap((pid) => figures.get(pid) ?? []);
    const now = this.#clock.monotonic();
    const [shares, swap, cgroups] = await Promise.all([
      this.#shares.measure(measured, now),
      readSwap(measured),
      this.#cgroups.measure(pids.flatMap((pid) => figures.get(pid) ?? [])),
    ]);
    for (const [pid, { resolve }] of asked) {
      const family = (members.get(pid) ?? []).flatMap((member) => figures.get(member) ?? []);
      const [main] = family;
      const measurement =
        main === undefined
          ? undefined
          : sum(family, shares, swap, cgroups.get(pid), this.#ended.measure(main, family, shares, now));
      if (measurement !== undefined) this.#remember(pid, measurement, now);
      resolve(measurement);
    }
  }

  /** Who belongs to whom, and the figures of at least all that belong to these processes. */
  async #look(
    pids: readonly number[],
  ): Promise<{ readonly families: Families; readonly figures: ReadonlyMap<number, ProcessFigures> }> {
    const before = this.#freshFamilies;
    // What was started since the last look is in no family yet.
    if (before !== undefined && pids.every((pid) => before.has(pid))) {
      return { families: before, figures: await readFigures(new Set(pids.flatMap((pid) => before.of(pid)))) };
    }
    const began = this.#clock.monotonic();
    const figures = await readAllFigures();
    const families = new Families(figures.values());
    this.#families = families;
    this.#lookedAt = began;
    this.#lookAgainAfterMs = Math.max(LOOK_EVERY_MS, figures.size * LOOK_EVERY_MS_EACH);
    return { families, figures };
  }

  /** Undefined when they have to be found out again. */
  get #freshFamilies(): Families | undefined {
    return this.#clock.monotonic() - this.#lookedAt < this.#lookAgainAfterMs ? this.#families : undefined;
  }

  #remember(pid: number, measurement: Measurement, at: number): void {
    this.#known.delete(pid);
    this.#known.set(pid, { measurement, at });
    for (const [oldest, known] of this.#known) {
      if (at - known.at < FRESH_MS) return;
      this.#known.delete(oldest);
    }
  }
}

function sum(
  family: readonly ProcessFigures[],
  shares: ReadonlyMap<number, ProcessShare>,
  swap: ReadonlyMap<number, number>,
  cgroup: Measurement['cgroup'],
  endedCpu: number,
): Measurement {
  const total = { cpu: endedCpu, rss: 0, vms: 0, swap: 0, processes: family.length };
  for (const { pid, vms, rss } of family) {
    const share = shares.get(pid);
    total.cpu += share?.cpu ?? 0;
    total.rss += share?.rss ?? rss;
    total.vms += vms;
    total.swap += swap.get(pid) ?? 0;
  }
  return { ...total, ...(cgroup === undefined ? {} : { cgroup }) };
}

/** What of each process is in swap. On a machine that has none in use, as most, nothing has to be read for it. */
async function readSwap(processes: readonly ProcessFigures[]): Promise<Map<number, number>> {
  const swap = new Map<number, number>();
  if (processes.length === 0 || !(await isSwapInUse())) return swap;
  for (const { pid } of processes) swap.set(pid, (await readMemory(pid))?.swap ?? 0);
  return swap;
}

async function isSwapInUse(): Promise<boolean> {
  const memory = await readFile('/proc/meminfo', 'latin1').catch(() => '');
  const kibibytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(memory)?.[1] ?? 0);
  return kibibytes('SwapTotal') > kibibytes('SwapFree');
}
