import type { Writable } from 'node:stream';

import { FRAME_HEADER_BYTES, FrameError, LARGEST_FRAME, writeFrameHeader } from './frames.ts';

/** Bytes smaller than this are copied together with what stands around them; larger ones are written as they are. */
const COPY_BELOW = 4 * 1024;

const SLAB_BYTES = 64 * 1024;

/**
 * Sends frames: all that is said in one turn of the loop is one write. Bytes that are handed over must not change until
 * they are written.
 */
export class FrameWriter {
  readonly #stream: Writable;
  #slab = Buffer.alloc(0);
  /** Where the part of the slab begins that is not queued yet, and where it ends. */
  #slabFrom = 0;
  #slabTo = 0;
  #queued: Uint8Array[] = [];
  #queuedBytes = 0;
  #isScheduled = false;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** Bytes the other side has not taken yet. */
  get waiting(): number {
    return this.#stream.writableLength + this.#queuedBytes + this.#slabTo - this.#slabFrom;
  }

  /** Errors: FrameError when the frame would be larger than the other side takes; then nothing of it is sent. */
  send(kind: number, id: number, text = '', bytes: readonly Uint8Array[] = []): void {
    const textBytes = Buffer.byteLength(text);
    const length = bytes.reduce((sum, part) => sum + part.length, 0);
    if (FRAME_HEADER_BYTES + textBytes + length > LARGEST_FRAME) {
      throw new FrameError(`Cannot send a frame of ${textBytes + length} bytes: at most ${LARGEST_FRAME}`);
    }
    this.#reserve(FRAME_HEADER_BYTES + textBytes);
    writeFrameHeader(this.#slab, this.#slabTo, { kind, id, text: textBytes, bytes: length });
    this.#slabTo += FRAME_HEADER_BYTES;
    if (textBytes > 0) this.#slab.write(text, this.#slabTo, textBytes, 'utf8');
    this.#slabTo += textBytes;
    for (const part of bytes) this.#add(part);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.flush();
    });
  }

  /** Writes what was said so far. */
  flush(): void {
    this.#isScheduled = false;
    this.#queueSlab();
    const queued = this.#queued;
    if (queued.length === 0) return;
    this.#queued = [];
    this.#queuedBytes = 0;
    if (!this.#stream.writable) return;
    this.#stream.cork();
    for (const part of queued) this.#stream.write(part);
    this.#stream.uncork();
  }

  #add(part: Uint8Array): void {
    if (part.length >= COPY_BELOW) {
      this.#queueSlab();
      this.#queue(part);
      return;
    }
    this.#reserve(part.length);
    this.#slab.set(part, this.#slabTo);
    this.#slabTo += part.length;
  }

  /** Makes room in the slab. What was written is never written over: the stream may still hold it. */
  #reserve(bytes: number): void {
    if (this.#slab.length - this.#slabTo >= bytes) return;
    this.#queueSlab();
    this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes));
    this.#slabFrom = 0;
    this.#slabTo = 0;
  }

  #queueSlab(): void {
    if (this.#slabTo === this.#slabFrom) return;
    this.#queue(this.#slab.subarray(this.#slabFrom, this.#slabTo));
    this.#slabFrom = this.#slabTo;
  }

  #queue(part: Uint8Array): void {
    this.#queued.push(part);
    this.#queuedBytes += part.length;
  }
}
