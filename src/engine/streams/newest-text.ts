import { truncateTextStart } from '../../base/truncate-text.ts';

/** The state of a {@link NewestText}. JSON. */
export interface NewestTextSnapshot {
  readonly text: string;
  /** Bytes of each message, oldest first. */
  readonly lengths: readonly number[];
}

const NOTHING = Buffer.alloc(0);
const NEWLINE = 0x0a;
const SMALLEST_BYTES = 256;

/**
 * The newest messages of one stream, joined as they were said: at most so many, and at most so many bytes. Holds a
 * copy of its own, so that no text keeps the chunk alive that it was cut from.
 */
export class NewestText {
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  #bytes: Buffer = NOTHING;
  #start = 0;
  #end = 0;
  /** Bytes of each message, oldest first. */
  readonly #lengths: number[] = [];

  /** `from`: goes on where an earlier one stood. */
  constructor(maxMessages: number, maxBytes: number, from?: NewestTextSnapshot) {
    this.#maxMessages = maxMessages;
    this.#maxBytes = maxBytes;
    if (from === undefined) return;
    this.#bytes = Buffer.from(from.text, 'utf8');
    this.#end = this.#bytes.length;
    this.#lengths.push(...from.lengths);
  }

  add(text: string, isTerminated: boolean): void {
    // A text has at least as many bytes as characters, so this needs no counting for most.
    const newest = text.length * 3 < this.#maxBytes ? text : truncateTextStart(text, this.#maxBytes - 1);
    this.#reserve(Buffer.byteLength(newest) + 1);
    const before = this.#end;
    this.#end += this.#bytes.write(newest, this.#end, 'utf8');
    if (isTerminated) {
      this.#bytes[this.#end] = NEWLINE;
      this.#end += 1;
    }
    this.#lengths.push(this.#end - before);
    for (;;) {
      const oldest = this.#lengths[0] ?? 0;
      const isOver = this.#lengths.length > this.#maxMessages || this.#end - this.#start - oldest >= this.#maxBytes;
      if (!isOver) return;
      this.#start += oldest;
      this.#lengths.shift();
    }
  }

  text(): string {
    return truncateTextStart(this.#bytes.toString('utf8', this.#start, this.#end), this.#maxBytes);
  }

  snapshot(): NewestTextSnapshot {
    return { text: this.#bytes.toString('utf8', this.#start, this.#end), lengths: [...this.#lengths] };
  }

  #reserve(more: number): void {
    if (this.#end + more <= this.#bytes.length) return;
    const held = this.#end - this.#start;
    const wanted = held + more;
    if (wanted * 2 <= this.#bytes.length) {
      this.#bytes.copyWithin(0, this.#start, this.#end);
    } else {
      const larger = Buffer.allocUnsafeSlow(Math.max(wanted * 2, SMALLEST_BYTES));
      this.#bytes.copy(larger, 0, this.#start, this.#end);
      this.#bytes = larger;
    }
    this.#start = 0;
    this.#end = held;
  }
}
