/** Sums up the values that jobs tell of themselves, in windows of five minutes and of one hour. */
import type { Clock } from '../../base/clock.ts';
import { PERIODS_MS, Series, type Operation, type SeriesName } from './series.ts';

export interface AggregatorOptions {
  readonly clock: Clock;
  /** Series kept at once; beyond, the one that was silent for longest goes. @default 10,000 */
  readonly mostSeries?: number;
  /** Told how many series have gone for want of room, when some have, at most once a minute. */
  readonly onDropped?: (series: number) => void;
}

/** One value a job told. */
export interface AggregatedValue {
  readonly key: string;
  readonly value: number;
  readonly operation: Operation;
  readonly id: string;
  readonly tags: readonly { readonly name: string; readonly value: string }[];
}

/** Which series; everything given must hold. */
export interface SeriesFilter {
  readonly key?: string;
  /** How the key begins. */
  readonly prefix?: string;
  readonly id?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

const MOST_SERIES = 10_000;

/** Key, id and tags of a series may take so many characters together: names are no place for contents. */
const LONGEST_NAME = 1024;

/** A series that was silent for so long is forgotten: its last hour has been told for an hour. */
const SILENT_MS = 7_200_000;

const TELL_EVERY_MS = 60_000;

export class Aggregator implements Disposable {
  readonly #options: AggregatorOptions;
  readonly #most: number;
  /** By their name; those that had a value last stand last. */
  readonly #series = new Map<string, Series>();
  #timer: Disposable | undefined;
  #telling: Disposable | undefined;
  #untold = 0;
  #values = 0;
  #dropped = 0;
  #isClosed = false;

  constructor(options: AggregatorOptions) {
    this.#options = options;
    this.#most = options.mostSeries ?? MOST_SERIES;
  }

  /** Values taken, and series that have gone for want of room. */
  get counts(): { readonly values: number; readonly dropped: number } {
    return { values: this.#values, dropped: this.#dropped };
  }

  get size(): number {
    return this.#series.size;
  }

  /** Takes a value of a moment (wall clock, milliseconds). False when its name is too long to be kept. */
  add({ key, value, operation, id, tags }: AggregatedValue, at: number): boolean {
    const name = { key, id, operation, tags: sortTags(tags) };
    const identity = JSON.stringify([key, id, operation, name.tags]);
    if (this.#isClosed || identity.length > LONGEST_NAME) return false;
    this.#values += 1;
    const known = this.#series.get(identity);
    if (known === undefined) {
      this.#makeRoom();
      this.#series.set(identity, new Series(name, value, at));
    } else {
      known.add(value, at);
      this.#series.delete(identity);
      this.#series.set(identity, known);
    }
    this.#timer ??= this.#armed();
    return true;
  }

  /** The series for which the filter holds, those with the newest values first. Windows that are over are closed. */
  *query(filter: SeriesFilter = {}): Generator<Series> {
    const now = this.#options.clock.now();
    for (const series of [...this.#series.values()].reverse()) {
      if (!fits(series.name, filter)) continue;
      series.close(now);
      yield series;
    }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#timer?.[Symbol.dispose]();
    this.#telling?.[Symbol.dispose]();
  }

  #makeRoom(): void {
    if (this.#series.size < this.#most) return;
    for (const oldest of this.#series.keys()) {
      this.#series.delete(oldest);
      break;
    }
    this.#dropped += 1;
    this.#untold += 1;
    const { onDropped, clock } = this.#options;
    if (onDropped === undefined || this.#telling !== undefined) return;
    const tell = (): void => {
      this.#telling = undefined;
      if (this.#untold === 0) return;
      const told = this.#untold;
      this.#untold = 0;
      this.#telling = clock.after(TELL_EVERY_MS, tell);
      onDropped(told);
    };
    tell();
  }

  /** Windows are closed when they are over, whether or not another value comes. */
  #armed(): Disposable {
    const { clock } = this.#options;
    const now = clock.now();
    const [shortest] = PERIODS_MS;
    const boundary = (Math.floor(now / shortest) + 1) * shortest;
    return clock.after(boundary - now, () => {
      this.#close();
      this.#timer = this.#series.size === 0 ? undefined : this.#armed();
    });
  }

  #close(): void {
    const now = this.#options.clock.now();
    for (const [identity, series] of this.#series) {
      if (now - series.last.at >= SILENT_MS) this.#series.delete(identity);
      else series.close(now);
    }
  }
}

/** The last one of a name counts. */
function sortTags(tags: AggregatedValue['tags']): Record<string, string> {
  const sorted = [...new Map(tags.map(({ name, value }) => [name, value]))].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted);
}

function fits(name: SeriesName, { key, prefix, id, tags = {} }: SeriesFilter): boolean {
  return (
    (key === undefined || name.key === key) &&
    (prefix === undefined || name.key.startsWith(prefix)) &&
    (id === undefined || name.id === id) &&
    Object.entries(tags).every(([tag, value]) => Object.hasOwn(name.tags, tag) && name.tags[tag] === value)
  );
}
