import type { JobEvent } from '../../protocol/frames.ts';

/** An event, its place among the job's events, and its place in the job's output. */
export interface KeptEvent {
  readonly number: number;
  readonly event: JobEvent;
  /** What was said before it stands before this position. */
  readonly position: number;
}

/** Events kept for readers that come late or are slow. */
const KEPT_EVENTS = 64;

/** Of these only the newest is kept: it says what the earlier ones said. */
const REPLACED: ReadonlySet<JobEvent['event']> = new Set(['stdin', 'progress']);

/** The newest events of one job, in order. */
export class EventLog {
  #kept: KeptEvent[] = [];
  #next = 0;

  /** Number of the next event. */
  get next(): number {
    return this.#next;
  }

  append(event: JobEvent, position: number): void {
    if (REPLACED.has(event.event)) this.#kept = this.#kept.filter((kept) => kept.event.event !== event.event);
    this.#kept.push({ number: this.#next, event, position });
    this.#next += 1;
    if (this.#kept.length > KEPT_EVENTS) this.#kept.shift();
  }

  /** The first kept event of this number or a higher one. */
  from(number: number): KeptEvent | undefined {
    if (number >= this.#next) return undefined;
    return this.#kept.find((kept) => kept.number >= number);
  }

  /** Number of the first kept event at or after a position. */
  firstAt(position: number): number {
    return this.#kept.find((kept) => kept.position >= position)?.number ?? this.#next;
  }
}
