import { createHash } from 'node:crypto';

/** Bytes that are read and summed up in one go. */
const STEP = 512 * 1024;

/** The SHA-256 of the beginning of a file, taken along while its bytes pass by, and fetched after where they did not. */
export class RunningHash {
  readonly #hash = createHash('sha256');
  #position = 0;

  /** Bytes that are summed up. */
  get position(): number {
    return this.#position;
  }

  /** Bytes at an offset passed by: what goes on where the sum ends is added. */
  pass(offset: number, bytes: Uint8Array): void {
    const skip = this.#position - offset;
    if (skip < 0 || skip >= bytes.length) return;
    this.#hash.update(bytes.subarray(skip));
    this.#position = offset + bytes.length;
  }

  /**
   * The sum of the first `size` bytes, hexadecimal; `read` fetches those that did not pass by into a buffer. Undefined
   * when the file ends before, or when more was summed up already.
   */
  async sum(
    size: number,
    read: (offset: number, into: Buffer) => Promise<Uint8Array>,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (this.#position < size) await this.#fetch(size, read, signal);
    return this.#position === size ? this.#hash.copy().digest('hex') : undefined;
  }

  async #fetch(
    size: number,
    read: (offset: number, into: Buffer) => Promise<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    const buffer = Buffer.allocUnsafeSlow(Math.min(STEP, size - this.#position));
    while (this.#position < size) {
      signal.throwIfAborted();
      const bytes = await read(this.#position, buffer.subarray(0, size - this.#position));
      if (bytes.length === 0) return;
      this.pass(this.#position, bytes);
    }
  }
}
