import type { ParserSnapshot } from './message-parser.ts';

/** Places are at least this far apart, */
const LEAST_BYTES = 256 * 1024;
/** and at least this part of their distance from the end. */
const LEAST_PART = 1 / 32;

/**
 * Places in a job's output where a parser may begin, so that a reader need not parse from the start: many near the
 * end, few far from it, so a few hundred at most whatever the length.
 */
export class ParsePlaces {
  #places: ParserSnapshot[] = [];

  /** Whether a place at `position` is far enough from those known. Places come in order. */
  wants(position: number): boolean {
    return position >= (this.#places.at(-1)?.position ?? 0) + LEAST_BYTES;
  }

  add(place: ParserSnapshot): void {
    const { position } = place;
    if (!this.wants(position)) return;
    const apart: ParserSnapshot[] = [];
    for (const older of this.#places) {
      const least = Math.max(LEAST_BYTES, (position - older.position) * LEAST_PART);
      if (older.position >= (apart.at(-1)?.position ?? 0) + least) apart.push(older);
    }
    this.#places = [...apart, place];
  }

  /** The last place from which every message of `seq` or higher, and every byte from that position on, is still to come. */
  before(seq: number): ParserSnapshot | undefined {
    return this.#places.findLast((place) => place.position <= seq && place.lastSeq < seq);
  }
}
