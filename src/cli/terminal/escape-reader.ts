const ESCAPE = 0x1b;
const BELL = 0x07;
const CANCEL = 0x18;
const SUBSTITUTE = 0x1a;

/** A sequence that is longer goes by unseen; pictures are. */
const LONGEST_BYTES = 64 * 1024;

/** A piece of what a program tells its terminal. Bytes are valid until the next piece is asked for. */
export type TerminalPiece =
  | { readonly type: 'text'; readonly bytes: Buffer }
  /** An escape sequence, one character a byte, without its ESC. */
  | { readonly type: 'sequence'; readonly text: string };

/**
 * Tells text and escape sequences (ECMA-48) apart, in any split of the bytes. A sequence whose end has not come is
 * kept for later.
 */
export class EscapeReader {
  #begun: Buffer = Buffer.alloc(0);
  /** Inside a sequence that is too long to be kept, until its end. */
  #isSkipping = false;

  *read(chunk: Buffer): Generator<TerminalPiece> {
    let rest: Buffer = this.#begun.length === 0 ? chunk : Buffer.concat([this.#begun, chunk]);
    this.#begun = Buffer.alloc(0);
    if (this.#isSkipping) rest = this.#skip(rest);
    while (rest.length > 0) {
      const start = rest.indexOf(ESCAPE);
      if (start !== 0) yield { type: 'text', bytes: start === -1 ? rest : rest.subarray(0, start) };
      if (start === -1) return;
      const length = sequenceLength(rest, start);
      if (length === undefined) {
        this.#begin(rest.subarray(start));
        return;
      }
      yield { type: 'sequence', text: rest.toString('latin1', start + 1, start + length) };
      rest = rest.subarray(start + length);
    }
  }

  /** The beginning of a sequence whose end has not come. */
  get unfinished(): Buffer {
    return this.#isSkipping ? this.#begun.subarray(0, 0) : this.#begun;
  }

  /** Keeps the beginning of a sequence. A copy: the bytes belong to the caller. */
  #begin(bytes: Buffer): void {
    this.#isSkipping = bytes.length > LONGEST_BYTES;
    // The last byte may be the first half of the end.
    this.#begun = Buffer.from(this.#isSkipping ? bytes.subarray(-1) : bytes);
  }

  #skip(bytes: Buffer): Buffer {
    const end = stringEnd(bytes, 0);
    if (end === undefined) {
      this.#begun = Buffer.from(bytes.subarray(-1));
      return bytes.subarray(bytes.length);
    }
    this.#isSkipping = false;
    return bytes.subarray(end);
  }
}

/** Undefined when its end has not come. */
function sequenceLength(bytes: Buffer, start: number): number | undefined {
  const kind = bytes[start + 1];
  if (kind === undefined) return undefined;
  switch (String.fromCodePoint(kind)) {
    case '[':
      return controlLength(bytes, start, start + 2, 0x40);
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_': {
      const end = stringEnd(bytes, start + 2);
      return end === undefined ? undefined : end - start;
    }
    default:
      // A second ESC, or what no sequence has, begins anew.
      if (kind < 0x20 || kind > 0x7e) return 1;
      return controlLength(bytes, start, start + 1, 0x30);
  }
}

/** Up to the first byte that ends a sequence, `least` or more. One that cannot be in it cuts it off. */
function controlLength(bytes: Buffer, start: number, from: number, least: number): number | undefined {
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20 || byte > 0x7e) return at - start;
    if (byte >= least) return at + 1 - start;
  }
  return undefined;
}

/** Where a string of any length is over: behind BEL or ESC \, or where it is given up. */
function stringEnd(bytes: Buffer, from: number): number | undefined {
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === BELL || byte === CANCEL || byte === SUBSTITUTE) return at + 1;
    if (byte !== ESCAPE) continue;
    const next = bytes[at + 1];
    if (next === undefined) return undefined;
    return next === 0x5c ? at + 2 : at;
  }
  return undefined;
}
