/** Bytes from `from` up to, not including, `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Of a secret that is not whole, at most this many bytes may be seen, and of a short one at most a quarter. */
const MOST_SEEN = 3;
const SEEN_PART = 4;

/** Bytes that are looked for in a stream, of which one end or the other may be missing. */
export class BytePattern {
  readonly #bytes: Buffer;
  /** For each beginning of the bytes: how long the longest shorter beginning is that it ends with. */
  readonly #borders: Uint32Array;
  /** Where it may come again at the earliest after it came. */
  readonly #period: number;
  /** How much of its beginning may be seen when the rest is not known. */
  readonly seen: number;

  /** Errors: RangeError when it is empty. */
  constructor(bytes: Buffer) {
    if (bytes.length === 0) throw new RangeError('Cannot look for nothing');
    this.#bytes = bytes;
    this.#borders = bordersOf(bytes);
    this.#period = bytes.length - (this.#borders[bytes.length - 1] ?? 0);
    this.seen = Math.min(MOST_SEEN, Math.floor(bytes.length / SEEN_PART));
  }

  /** Everywhere it stands, in order. Places that overlap each other by whole periods come as one. */
  find(data: Buffer): Span[] {
    const { length } = this.#bytes;
    const spans: Span[] = [];
    for (let from = data.indexOf(this.#bytes); from !== -1;) {
      const repeats = length === this.#period ? 0 : this.#repeats(data, from + length);
      spans.push({ from, to: from + length + repeats * this.#period });
      from = data.indexOf(this.#bytes, from + (repeats + 1) * this.#period);
    }
    return spans;
  }

  /** How many of the last bytes are its beginning; never all of it. */
  beginningAtEnd(data: Buffer): number {
    const bytes = this.#bytes;
    let matched = 0;
    for (let at = Math.max(0, data.length - bytes.length + 1); at < data.length; at += 1) {
      const byte = data[at];
      while (matched > 0 && bytes[matched] !== byte) matched = this.#borders[matched - 1] ?? 0;
      if (bytes[matched] === byte) matched += 1;
    }
    return matched;
  }

  /** How many whole periods follow one that ended: a search for each of them would take for ever in a long row. */
  #repeats(data: Buffer, end: number): number {
    let at = end;
    while (at < data.length && data[at] === data[at - this.#period]) at += 1;
    return Math.floor((at - end) / this.#period);
  }
}

function bordersOf(bytes: Buffer): Uint32Array {
  const borders = new Uint32Array(bytes.length);
  let border = 0;
  for (let at = 1; at < bytes.length; at += 1) {
    while (border > 0 && bytes[border] !== bytes[at]) border = borders[border - 1] ?? 0;
    if (bytes[border] === bytes[at]) border += 1;
    borders[at] = border;
  }
  return borders;
}

/** The same bytes as few spans in order, none of which touches another. */
export function joinSpans(spans: readonly Span[]): Span[] {
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}
