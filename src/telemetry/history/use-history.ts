/** What jobs used over time, for those that live and those that settled a while ago. */
import { POINT_BYTES, UseSeries, type UsePoint } from './use-series.ts';

export interface UseHistoryOptions {
  /** Bytes that all points together may take. @default 16 MiB */
  readonly mostBytes?: number;
  /** Settled jobs whose history is kept. @default 1000 */
  readonly mostSettled?: number;
}

/** What is kept of one job. */
export interface JobUse {
  readonly id: string;
  readonly command: string;
  readonly isSettled: boolean;
  /** The newest sample. */
  readonly last: UsePoint;
  /** Over all samples there ever were of it. */
  readonly total: UsePoint;
  readonly series: UseSeries;
}

const MIB = 1024 * 1024;
const DEFAULT_BYTES = 16 * MIB;
const DEFAULT_SETTLED = 1000;

/** However many jobs share the room, each has so many points: enough to see where it is going. */
const FEWEST_POINTS = 8;

/** A sample as it was measured. Bytes, percent of one core, wall clock milliseconds. */
export interface UseSample {
  readonly time: number;
  readonly cpu: number;
  readonly rss: number;
  readonly vms: number;
  readonly swap: number;
  readonly processes?: number | undefined;
}

class KeptUse implements JobUse {
  readonly id: string;
  readonly command: string;
  readonly series = new UseSeries();
  isSettled = false;
  #last: UsePoint;
  #total: Totals;

  constructor(id: string, command: string, sample: UseSample) {
    this.id = id;
    this.command = command;
    this.#last = pointOf(sample);
    this.#total = new Totals(this.#last);
    this.series.add(this.#last);
  }

  add(sample: UseSample): void {
    this.#last = pointOf(sample);
    this.#total.add(this.#last);
    this.series.add(this.#last);
  }

  get last(): UsePoint {
    return this.#last;
  }

  get total(): UsePoint {
    return this.#total.point;
  }
}

/** Shares a bounded room among all jobs: each gets the same, and when it has more, its oldest points go. */
export class UseHistory {
  readonly #mostPoints: number;
  readonly #mostSettled: number;
  readonly #live = new Map<string, KeptUse>();
  /** Those that settled last stand last. */
  readonly #settled = new Map<string, KeptUse>();
  #points = 0;

  constructor({ mostBytes = DEFAULT_BYTES, mostSettled = DEFAULT_SETTLED }: UseHistoryOptions = {}) {
    this.#mostPoints = Math.floor(mostBytes / POINT_BYTES);
    this.#mostSettled = mostSettled;
  }

  /** Points kept of all jobs. */
  get points(): number {
    return this.#points;
  }

  /** Live jobs of which there are samples, those that had one first standing first. */
  get live(): Iterable<JobUse> {
    return this.#live.values();
  }

  /** Jobs of which there are samples. */
  get jobs(): number {
    return this.#live.size + this.#settled.size;
  }

  add(id: string, command: string, sample: UseSample): void {
    const known = this.#live.get(id);
    if (known === undefined) {
      // What a job of this id used that was forgotten since is another job's.
      this.#forget(id);
      const kept = new KeptUse(id, command, sample);
      this.#live.set(id, kept);
      this.#points += 1;
    } else {
      this.#change(known, () => {
        known.add(sample);
      });
    }
    this.#makeRoom(known);
  }

  /** The job has settled: nothing will be added any more. */
  settle(id: string): void {
    const kept = this.#live.get(id);
    if (kept === undefined) return;
    this.#live.delete(id);
    kept.isSettled = true;
    this.#settled.set(id, kept);
    if (this.#settled.size > this.#mostSettled) this.#forgetOldest();
  }

  get(id: string): JobUse | undefined {
    return this.#live.get(id) ?? this.#settled.get(id);
  }

  /** Settled jobs go first, then the oldest points of those that have more than their share. */
  #makeRoom(grown: KeptUse | undefined): void {
    while (this.#points > this.#mostPoints && this.#settled.size > 0) this.#forgetOldest();
    if (this.#points <= this.#mostPoints || grown === undefined) return;
    const share = Math.max(FEWEST_POINTS, Math.floor(this.#mostPoints / this.#live.size));
    this.#change(grown, () => {
      grown.series.shrink(share);
    });
  }

  #change(kept: KeptUse, change: () => void): void {
    const before = kept.series.length;
    change();
    this.#points += kept.series.length - before;
  }

  #forgetOldest(): void {
    for (const id of this.#settled.keys()) {
      this.#forget(id);
      return;
    }
  }

  #forget(id: string): void {
    const kept = this.#settled.get(id);
    if (kept === undefined) return;
    this.#points -= kept.series.length;
    this.#settled.delete(id);
  }
}

function pointOf({ time, cpu, rss, vms, swap, processes = 0 }: UseSample): UsePoint {
  return { time, samples: 1, cpu, cpuMax: cpu, rss, rssMax: rss, vms, swap, processes };
}

/** The average and the most of points that need not be kept for it. */
class Totals {
  #point: UsePoint;

  constructor(first: UsePoint) {
    this.#point = first;
  }

  add(point: UsePoint): void {
    const samples = this.#point.samples + 1;
    const towards = (member: 'cpu' | 'rss' | 'vms' | 'swap' | 'processes'): number =>
      this.#point[member] + (point[member] - this.#point[member]) / samples;
    this.#point = {
      time: point.time,
      samples,
      cpu: towards('cpu'),
      cpuMax: Math.max(this.#point.cpuMax, point.cpuMax),
      rss: towards('rss'),
      rssMax: Math.max(this.#point.rssMax, point.rssMax),
      vms: towards('vms'),
      swap: towards('swap'),
      processes: towards('processes'),
    };
  }

  get point(): UsePoint {
    return this.#point;
  }
}
