/** What processes used at a moment, or on average over several samples. */
export interface UsePoint {
  /** Wall clock of the last sample, milliseconds. */
  readonly time: number;
  /** Samples it stands for. */
  readonly samples: number;
  /** Percent of one core, on average and at most. */
  readonly cpu: number;
  readonly cpuMax: number;
  /** Bytes, on average and at most. */
  readonly rss: number;
  readonly rssMax: number;
  readonly vms: number;
  readonly swap: number;
  /** On average. */
  readonly processes: number;
}

/** The members of a point in the order in which a series keeps them. */
const MEMBERS = ['time', 'samples', 'cpu', 'cpuMax', 'rss', 'rssMax', 'vms', 'swap', 'processes'] as const;
const WIDTH = MEMBERS.length;

/** How many points each age keeps: the newest samples as they are, then so many of which each stands for six of the age before. */
const NEWEST = 360;
const OLDER = 60;
const MERGED = 6;
const AGES = 5;

/** What one point takes in memory, bytes. */
export const POINT_BYTES = WIDTH * 8;

/**
 * The use of one job over time in bounded memory: the newest 360 samples as they are, older ones merged. With a sample
 * each second that is six minutes by the second, the six before by 6 s, then 36 minutes by 36 s, 3.6 hours by 3.6
 * minutes and 22 hours by 22 minutes.
 */
export class UseSeries {
  /** The newest age first; each a row of numbers, the oldest point first. */
  readonly #ages: number[][] = Array.from({ length: AGES }, () => []);

  /** Points kept. */
  get length(): number {
    return this.#ages.reduce((sum, age) => sum + age.length, 0) / WIDTH;
  }

  add(point: UsePoint): void {
    this.#push(0, point);
  }

  /** Lets the oldest points go until at most so many are left. */
  shrink(most: number): void {
    let excess = this.length - most;
    for (const age of this.#ages.toReversed()) {
      const gone = Math.min(Math.max(0, excess), age.length / WIDTH);
      age.splice(0, gone * WIDTH);
      excess -= gone;
    }
  }

  /**
   * The points after a moment, oldest first. When these are more than `most`, neighbours are merged, so that the whole
   * time is told by at most so many.
   */
  read({ since = -Infinity, most = Infinity }: { readonly since?: number; readonly most?: number } = {}): UsePoint[] {
    const points = this.#ages
      .toReversed()
      .flatMap((age) => pointsOf(age))
      .filter(({ time }) => time > since);
    if (points.length <= most) return points;
    const group = Math.ceil(points.length / most);
    const merged: UsePoint[] = [];
    // The newest group is a whole one.
    for (let end = points.length; end > 0; end -= group)
      merged.push(mergePoints(points.slice(Math.max(0, end - group), end)));
    return merged.reverse();
  }

  #push(age: number, point: UsePoint): void {
    const row = this.#ages[age];
    if (row === undefined) return;
    for (const member of MEMBERS) row.push(point[member]);
    const most = age === 0 ? NEWEST : OLDER;
    if (row.length <= most * WIDTH) return;
    // As many as make one point of the next age, so that this happens seldom.
    this.#push(age + 1, mergePoints(pointsOf(row.splice(0, MERGED * WIDTH))));
  }
}

function pointsOf(row: readonly number[]): UsePoint[] {
  const points: UsePoint[] = [];
  for (let at = 0; at < row.length; at += WIDTH) {
    const entries = MEMBERS.map((member, offset) => [member, row[at + offset] ?? 0]);
    points.push(Object.fromEntries(entries) as Record<(typeof MEMBERS)[number], number>);
  }
  return points;
}

/** One point for several: averages by the samples they stand for. At least one is needed. */
function mergePoints(points: readonly UsePoint[]): UsePoint {
  const samples = points.reduce((sum, point) => sum + point.samples, 0);
  const average = (member: 'cpu' | 'rss' | 'vms' | 'swap' | 'processes'): number =>
    points.reduce((sum, point) => sum + point[member] * point.samples, 0) / samples;
  return {
    time: points.at(-1)?.time ?? 0,
    samples,
    cpu: average('cpu'),
    cpuMax: Math.max(...points.map(({ cpuMax }) => cpuMax)),
    rss: Math.round(average('rss')),
    rssMax: Math.max(...points.map(({ rssMax }) => rssMax)),
    vms: Math.round(average('vms')),
    swap: Math.round(average('swap')),
    processes: average('processes'),
  };
}
