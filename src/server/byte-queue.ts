const BLOCK_BYTES = 64 * 1024;

/**
 * Bytes waiting to be passed on. They are copied into blocks of its own: a peer that sends one byte a
 * frame costs no more than its bytes.
 */
export class ByteQueue {
  #blocks: Block[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      let last = this.#blocks.at(-1);
      if (last === undefined || last.end === last.bytes.length) {
        last = { bytes: Buffer.allocUnsafe(Math.max(BLOCK_BYTES, bytes.length - at)), start: 0, end: 0 };
        this.#blocks.push(last);
      }
      const part = bytes.subarray(at, at + last.bytes.length - last.end);
      last.bytes.set(part, last.end);
      last.end += part.length;
      at += part.length;
    }
    this.#length += bytes.length;
  }

  /** The first bytes, as many as lie together; empty when there are none. Valid until {@link drop}. */
  peek(): Uint8Array {
    const [first] = this.#blocks;
    return first === undefined ? new Uint8Array(0) : first.bytes.subarray(first.start, first.end);
  }

  /** Lets go of the first `count` bytes. */
  drop(count: number): void {
    let left = Math.min(count, this.#length);
    this.#length -= left;
    while (left > 0) {
      const [first] = this.#blocks;
      if (first === undefined) return;
      const part = Math.min(left, first.end - first.start);
      first.start += part;
      left -= part;
      if (first.start === first.end) this.#blocks.shift();
    }
  }

  clear(): void {
    this.#blocks = [];
    this.#length = 0;
  }
}

interface Block {
  readonly bytes: Buffer;
  start: number;
  end: number;
}
