import type { Writable } from 'node:stream';

import { type Lease, MemoryPool } from '../../base/memory-pool.ts';
import { FRAME_HEADER_BYTES, FrameError, LARGEST_FRAME, writeFrameHeader } from './frames.ts';

/** Bytes smaller than this are copied together with what stands around them; larger ones are written as they are. */
const COPY_BELOW = 4 * 1024;

const SLAB_BYTES = 64 * 1024;
const FREE_SLABS = 4;

const slabs = new MemoryPool(SLAB_BYTES, FREE_SLABS);

/** What is to be written, and who wants to know when the system has it. */
interface Part {
  readonly bytes: Uint8Array;
  readonly onWritten?: (() => void) | undefined;
}

/**
 * Sends frames: all that is said in one turn of the loop is one write. Bytes that are handed over must not change until
 * they are written.
 */
export class FrameWriter {
  readonly #stream: Writable;
  #slab: Buffer = Buffer.alloc(0);
  #lease: Lease | undefined;
  /** Where the part of the slab begins that is not queued yet, and where it ends. */
  #slabFrom = 0;
  #slabTo = 0;
  #queued: Part[] = [];
  #queuedBytes = 0;
  #isScheduled = false;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** Bytes the other side has not taken yet. */
  get waiting(): number {
    return this.#stream.writableLength + this.#queuedBytes + this.#slabTo - this.#slabFrom;
  }

  /**
   * `onWritten` is called when the bytes may change, unless the connection breaks before that.
   *
   * Errors: FrameError when the frame would be larger than the other side takes; then nothing of it is sent.
   */
  send(kind: number, id: number, text = '', bytes: readonly Uint8Array[] = [], onWritten?: () => void): void {
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
    const last = bytes.findLastIndex((part) => part.length >= COPY_BELOW);
    bytes.forEach((part, at) => {
      this.#add(part, at === last ? onWritten : undefined);
    });
    if (last === -1) onWritten?.();
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
    for (const { bytes, onWritten } of queued) {
      if (onWritten === undefined) this.#stream.write(bytes);
      else this.#stream.write(bytes, unlessBroken(onWritten));
    }
    this.#stream.uncork();
  }

  #add(part: Uint8Array, onWritten?: () => void): void {
    if (part.length >= COPY_BELOW) {
      this.#queueSlab();
      this.#queue({ bytes: part, onWritten });
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
    this.#lease?.release();
    this.#lease = bytes <= SLAB_BYTES ? slabs.take() : undefined;
    this.#slab = this.#lease?.bytes ?? Buffer.allocUnsafeSlow(bytes);
    this.#slabFrom = 0;
    this.#slabTo = 0;
  }

  #queueSlab(): void {
    if (this.#slabTo === this.#slabFrom) return;
    const lease = this.#lease?.hold();
    const onWritten =
      lease &&
      ((): void => {
        lease.release();
      });
    this.#queue({ bytes: this.#slab.subarray(this.#slabFrom, this.#slabTo), onWritten });
    this.#slabFrom = this.#slabTo;
  }

  #queue(part: Part): void {
    this.#queued.push(part);
    this.#queuedBytes += part.bytes.length;
  }
}

/** Of a connection that broke it is not known who still reads the memory. */
function unlessBroken(onWritten: () => void): (error?: Error | null) => void {
  return (error) => {
    if (error === undefined || error === null) onWritten();
  };
}
