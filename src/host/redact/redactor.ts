import { BytePattern, joinSpans, type Span } from './byte-pattern.ts';

/** What stands in the place of a secret, however long it is. */
const REDACTED = Buffer.from('[redacted]');

const NOTHING = Buffer.alloc(0);

/**
 * A stream of bytes without the secrets in it, however they are split: every byte of every place where one stands is
 * taken out, and {@link REDACTED} is put there once for each stretch. What comes out does not depend on the pieces that
 * went in.
 *
 * The end of what came so far is held back while it may be the beginning of a secret, so at most as much as the longest
 * of them has.
 */
export class Redactor {
  readonly #patterns: readonly BytePattern[];
  /** What may be the beginning of a secret: all that is needed of the past. */
  #held: Buffer = NOTHING;
  /** How much of it was given out already. */
  #given = 0;
  /** The last that was given out is a secret's place. */
  #isInPlace = false;

  /** `secrets`: none of them empty. */
  constructor(secrets: readonly string[]) {
    this.#patterns = [...new Set(secrets)].map((secret) => new BytePattern(Buffer.from(secret, 'utf8')));
  }

  /** Bytes that are held back. */
  get waiting(): number {
    return this.#held.length - this.#given;
  }

  /** What may be shown now. The very same object when nothing in it had to be changed; else memory of its own. */
  push(bytes: Buffer): Buffer {
    const data = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const places = this.#placesIn(data);
    const undecided = data.length - Math.max(...this.#patterns.map((pattern) => pattern.beginningAtEnd(data)));
    if (data === bytes && places.length === 0 && undecided === data.length) {
      if (data.length > 0) this.#isInPlace = false;
      return bytes;
    }
    const reaching = places.find(({ from, to }) => from <= undecided && to > undecided);
    const until = Math.max(this.#given, reaching?.to ?? undecided);
    const shown = this.#show(data, until, places);
    this.#held = undecided === data.length ? NOTHING : Buffer.from(data.subarray(undecided));
    this.#given = until - undecided;
    return shown;
  }

  /** Nothing came for a while: what is held back may be shown if it is too little to tell of a secret. */
  rest(): Buffer {
    const held = this.#held;
    if (this.waiting === 0 || this.#patterns.some((pattern) => pattern.beginningAtEnd(held) > pattern.seen)) {
      return NOTHING;
    }
    const shown = this.#show(held, held.length, this.#placesIn(held));
    this.#given = held.length;
    return shown;
  }

  /** Nothing follows: the rest. What is a secret's beginning, and more of it than may be seen, stays hidden. */
  end(): Buffer {
    const held = this.#held;
    const beginnings = this.#patterns.flatMap((pattern): Span[] => {
      const length = pattern.beginningAtEnd(held);
      return length > pattern.seen ? [{ from: held.length - length, to: held.length }] : [];
    });
    const shown = this.#show(held, held.length, joinSpans([...this.#placesIn(held), ...beginnings]));
    this.#held = NOTHING;
    this.#given = 0;
    return shown;
  }

  #placesIn(data: Buffer): Span[] {
    return joinSpans(this.#patterns.flatMap((pattern) => pattern.find(data)));
  }

  /** From what was given out up to `until`, with the places of secrets replaced. */
  #show(data: Buffer, until: number, places: readonly Span[]): Buffer {
    const parts: Buffer[] = [];
    let at = this.#given;
    const plain = (to: number): void => {
      if (to <= at) return;
      parts.push(data.subarray(at, to));
      this.#isInPlace = false;
      at = to;
    };
    for (const { from, to } of places) {
      if (to <= at || from >= until) continue;
      plain(from);
      if (!this.#isInPlace) parts.push(REDACTED);
      this.#isInPlace = true;
      at = to;
    }
    plain(until);
    return Buffer.concat(parts);
  }
}
