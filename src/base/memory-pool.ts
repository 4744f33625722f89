/**
 * Memory for bytes that pass through: used again as soon as nobody needs it.
 *
 * Large buffers left to the collector cost much more than their bytes: they count as memory of the heap, and every few
 * tens of megabytes of them bring on a collection of all of it.
 */

/** A piece of memory that several may hold. Whoever took or holds it must not touch its bytes after their release. */
export class Lease {
  readonly bytes: Buffer;
  readonly #onFree: (lease: Lease) => void;
  #holders = 1;

  /** For {@link MemoryPool.take}. */
  constructor(bytes: Buffer, onFree: (lease: Lease) => void) {
    this.bytes = bytes;
    this.#onFree = onFree;
  }

  /** One more needs the bytes. */
  hold(): this {
    this.#holders += 1;
    return this;
  }

  /** One needs them no more. To be called once by each; memory that is never released is left to the collector. */
  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#onFree(this);
  }
}

/** Pieces of memory of one size. */
export class MemoryPool {
  /** Bytes of each. */
  readonly size: number;
  readonly #most: number;
  readonly #free: Buffer[] = [];

  /** Keeps at most `most` pieces that nobody uses. */
  constructor(size: number, most: number) {
    this.size = size;
    this.#most = most;
  }

  /** Pieces kept that nobody uses. */
  get free(): number {
    return this.#free.length;
  }

  /** A piece of memory; what stands in it is anybody's. */
  take(): Lease {
    return new Lease(this.#free.pop() ?? Buffer.allocUnsafeSlow(this.size), ({ bytes }) => {
      if (this.#free.length < this.#most) this.#free.push(bytes);
    });
  }
}
