import { MAX_LEVEL } from '../../protocol/levels.ts';
import { MAX_MESSAGE_BYTES } from '../../protocol/limits.ts';
import { MAX_HEADER_DIGITS } from './message-header.ts';

const NEWLINE = 0x0a;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const TERMINATOR_BYTES = 3;

const LONGEST_CHARACTER = 4;
const SMALLEST_BYTES = 128;
/** The longest message, the byte that made it too long, and what may be the end of a block. */
const LARGEST_BYTES = MAX_MESSAGE_BYTES + 1 + TERMINATOR_BYTES;
const NOTHING = Buffer.alloc(0);

/** A buffer larger than this is let go with its message. */
const KEPT_BYTES = 1024;

/** `header`: what came so far may yet turn out to be a header. */
type Mode = 'closed' | 'header' | 'line' | 'block';

/** The state of an {@link OpenMessage} as JSON. `bytes` is base64. */
export interface OpenMessageSnapshot {
  readonly mode: 'header' | 'line' | 'block';
  readonly level: number;
  readonly bytes: string;
  readonly lineStart: number;
  readonly mayEnd: boolean;
  readonly continues: boolean;
  readonly lastAt: number;
  readonly epoch: number;
}

/**
 * The line or block that one stream has begun and not ended: at most MAX_MESSAGE_BYTES of text and a few bytes.
 * Where a longer one is cut depends on its bytes only, not on the pieces they came in: it is too long with the first
 * byte over the limit that is known to be text (after a newline of a block, `:::` may yet be its end).
 */
export class OpenMessage {
  /** Level of lines without a header. */
  readonly #standardLevel: number;
  #mode: Mode = 'closed';
  #level = 0;
  #bytes: Buffer = NOTHING;
  #length = 0;
  /** Header: the number its digits make, and the colons after them. */
  #number = 0;
  #colons = 0;
  /** Block: where in the bytes its present line begins, and whether that can still become `:::`. */
  #lineStart = 0;
  #mayEnd = false;
  #continues = false;
  #lastAt = -1;
  /** Position of the last byte before the one that made it too long. */
  #fullAt = -1;
  #epoch = 0;

  constructor(standardLevel: number) {
    this.#standardLevel = standardLevel;
  }

  get isOpen(): boolean {
    return this.#mode !== 'closed';
  }

  get isBlock(): boolean {
    return this.#mode === 'block';
  }

  get level(): number {
    return this.#level;
  }

  /** Bytes held. */
  get length(): number {
    return this.#length;
  }

  /** Position of its last byte so far. */
  get lastAt(): number {
    return this.#lastAt;
  }

  /** Position of the last byte it held before it was too long. */
  get fullAt(): number {
    return this.#fullAt;
  }

  /** When its last byte arrived. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether a part of it went out. */
  get continues(): boolean {
    return this.#continues;
  }

  /** Whether {@link takePart} has to be called before anything else. */
  get isTooLong(): boolean {
    return this.#committed() > MAX_MESSAGE_BYTES;
  }

  /** Begins with the first byte of a line. */
  open(): void {
    this.#mode = 'header';
    this.#level = this.#standardLevel;
    this.#length = 0;
    this.#number = 0;
    this.#colons = 0;
    this.#mayEnd = false;
    this.#continues = false;
  }

  /**
   * Takes bytes of one line, up to the one that makes the message too long. `base` is the position of the
   * buffer's first byte. Returns the index after the last byte taken.
   */
  append(bytes: Buffer, start: number, end: number, base: number, epoch: number): number {
    if (start === end) return end;
    this.#epoch = epoch;
    let at = start;
    while (at < end && this.#mode === 'header') {
      this.#takeHeaderByte(bytes[at] ?? 0);
      at += 1;
    }
    if (this.#mode === 'block' && this.#mayEnd) {
      const first = at;
      while (at < end && this.#length + at - first - this.#lineStart < TERMINATOR_BYTES && bytes[at] === COLON) at += 1;
      if (at < end) this.#mayEnd = false;
      this.#copy(bytes, first, at);
    }
    // What follows is text for sure: up to the first byte over the limit, which is taken too.
    const last = Math.min(end, at + Math.max(1, MAX_MESSAGE_BYTES + 1 - this.#length));
    this.#copy(bytes, at, last);
    if (this.isTooLong) this.#fullAt = last - 1 > start ? base + last - 2 : this.#lastAt;
    this.#lastAt = base + last - 1;
    return last;
  }

  /** Takes the newline at `position`. True when that ends the message; {@link isTooLong} is to be asked otherwise. */
  endLine(position: number, epoch: number): boolean {
    this.#epoch = epoch;
    if (this.#mode !== 'block') {
      this.#decide();
      this.#lastAt = position;
      return true;
    }
    if (this.endsHere) {
      this.#length = this.#lineStart - 1;
      this.#lastAt = position;
      return true;
    }
    this.#fullAt = this.#lastAt;
    this.#lastAt = position;
    this.#reserve(1);
    this.#bytes[this.#length] = NEWLINE;
    this.#length += 1;
    this.#lineStart = this.#length;
    this.#mayEnd = true;
    return false;
  }

  /** Whether the present line is the one that ends a block. */
  get endsHere(): boolean {
    return this.#mode === 'block' && this.#mayEnd && this.#length - this.#lineStart === TERMINATOR_BYTES;
  }

  /** Cuts off the first part of a message that is too long. */
  takePart(): string {
    const cut = partEnd(this.#bytes);
    const text = this.#bytes.toString('utf8', 0, cut);
    this.#bytes.copyWithin(0, cut, this.#length);
    this.#length -= cut;
    this.#lineStart -= cut;
    this.#continues = true;
    return text;
  }

  /**
   * Nothing more of it will come. True when it is whole: a line is, a block whose last line is `:::` is. After a
   * hole in the output nothing is. A newline at the end of a block is no text of it.
   */
  cut(afterIsHole: boolean): boolean {
    this.#decide();
    const isWhole = !afterIsHole && (this.#mode === 'line' || this.endsHere);
    const isAtLineStart = this.#mayEnd && this.#length === this.#lineStart;
    if (this.#mode === 'block' && (isWhole || isAtLineStart)) this.#length = this.#lineStart - 1;
    return isWhole;
  }

  /** Closes and gives the text. */
  take(): string {
    const text = this.#bytes.toString('utf8', 0, this.#length);
    this.#mode = 'closed';
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = NOTHING;
    return text;
  }

  snapshot(): OpenMessageSnapshot {
    return {
      mode: this.#mode === 'closed' ? 'header' : this.#mode,
      level: this.#level,
      bytes: this.#bytes.toString('base64', 0, this.#length),
      lineStart: this.#lineStart,
      mayEnd: this.#mayEnd,
      continues: this.#continues,
      lastAt: this.#lastAt,
      epoch: this.#epoch,
    };
  }

  restore(snapshot: OpenMessageSnapshot): void {
    const bytes = Buffer.from(snapshot.bytes, 'base64');
    this.open();
    if (snapshot.mode === 'header') {
      this.append(bytes, 0, bytes.length, 0, snapshot.epoch);
    } else {
      this.#mode = snapshot.mode;
      this.#level = snapshot.level;
      this.#copy(bytes, 0, bytes.length);
    }
    this.#lineStart = snapshot.lineStart;
    this.#mayEnd = snapshot.mayEnd;
    this.#continues = snapshot.continues;
    this.#lastAt = snapshot.lastAt;
    this.#epoch = snapshot.epoch;
  }

  /** How many of the bytes held are text of this message for sure. */
  #committed(): number {
    return this.#mode === 'block' && this.#mayEnd ? this.#lineStart - 1 : this.#length;
  }

  #takeHeaderByte(byte: number): void {
    if (this.#colons === 2) {
      this.#level = this.#number;
      this.#length = 0;
      this.#mode = byte === COLON ? 'block' : 'line';
      if (byte === COLON) return;
    } else if (byte === COLON && this.#length > 0) {
      this.#colons += 1;
    } else if (this.#colons === 0 && byte >= ZERO && byte <= NINE) {
      this.#number = this.#number * 10 + byte - ZERO;
      if (this.#number > MAX_LEVEL || this.#length >= MAX_HEADER_DIGITS) this.#mode = 'line';
    } else {
      this.#mode = 'line';
    }
    this.#reserve(1);
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  /** No further byte comes to a line that may be a header. */
  #decide(): void {
    if (this.#mode !== 'header') return;
    this.#mode = 'line';
    if (this.#colons < 2) return;
    this.#level = this.#number;
    this.#length = 0;
  }

  #copy(bytes: Buffer, start: number, end: number): void {
    if (start >= end) return;
    this.#reserve(end - start);
    bytes.copy(this.#bytes, this.#length, start, end);
    this.#length += end - start;
  }

  #reserve(more: number): void {
    const wanted = this.#length + more;
    if (wanted <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(
      Math.max(wanted, Math.min(this.#bytes.length * 2, LARGEST_BYTES), SMALLEST_BYTES),
    );
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Where the first part of a message that is too long ends: at the limit, or before the character that stands across it. */
function partEnd(bytes: Buffer): number {
  for (let back = 0; back < LONGEST_CHARACTER; back += 1) {
    const byte = bytes[MAX_MESSAGE_BYTES - back] ?? 0;
    if ((byte & 0xc0) !== 0x80) return MAX_MESSAGE_BYTES - back;
  }
  return MAX_MESSAGE_BYTES;
}
