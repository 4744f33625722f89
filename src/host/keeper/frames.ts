/**
 * Frames between agent and keeper: the same in both directions.
 *
 * ```
 * length of what follows (u32) · kind (u8) · id (u32) · length of the text (u32) · text, JSON · bytes
 * ```
 * Numbers are big-endian. What is small and has a shape is JSON; what is bytes stays bytes.
 */

import type { Lease, MemoryPool } from '../../base/memory-pool.ts';

/** One frame as it was received. */
export interface Frame {
  readonly kind: number;
  /** Of a request and of its answer; 0 when nothing is answered. */
  readonly id: number;
  /** JSON, or empty. */
  readonly text: string;
  /** Valid until the next call of {@link FrameReader.push}, unless `isOwned`. */
  readonly bytes: Buffer;
  /** Whether `bytes` have memory of their own, not much larger than they are. */
  readonly isOwned: boolean;
  /** Where `bytes` stand, when they do in memory that is used again once it is released. */
  readonly lease?: Lease | undefined;
}

/** The other side does not keep to the format: its connection can't be used any more. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** No frame is larger, and none is sent. */
export const LARGEST_FRAME = 16 * 1024 * 1024;

/** Before the text. */
export const FRAME_HEADER_BYTES = 13;

const LENGTH_BYTES = 4;

/** Bytes of a frame that are not part of text or bytes. */
const REST_OF_HEADER = FRAME_HEADER_BYTES - LENGTH_BYTES;

/** Frames up to this size are put together in a buffer that is used again; larger ones get their own. */
const SMALL_FRAME = 16 * 1024;

/** Less than this is not worth a read of its own, nor memory of a pool. */
const LARGE_BYTES = 32 * 1024;

/** Writes a frame's header at `offset`; text and bytes follow it. Errors: FrameError when it would be too large. */
export function writeFrameHeader(
  into: Buffer,
  offset: number,
  header: { readonly kind: number; readonly id: number; readonly text: number; readonly bytes: number },
): void {
  const length = REST_OF_HEADER + header.text + header.bytes;
  if (length > LARGEST_FRAME) throw new FrameError(`Cannot send a frame of ${length} bytes: at most ${LARGEST_FRAME}`);
  into.writeUInt32BE(length, offset);
  into[offset + 4] = header.kind;
  into.writeUInt32BE(header.id, offset + 5);
  into.writeUInt32BE(header.text, offset + 9);
}

/** Cuts a stream of bytes into frames, however the stream is cut. */
export class FrameReader {
  /** The length, as far as it has come, of a frame that began at the very end of a chunk. */
  readonly #length = Buffer.alloc(LENGTH_BYTES);
  #lengthFilled = 0;
  readonly #small = Buffer.alloc(SMALL_FRAME);
  readonly #pools: readonly MemoryPool[];
  /** The frame being put together, without its length. */
  #body: Buffer | undefined;
  #lease: Lease | undefined;
  #filled = 0;

  /** `pools`: memory for large frames, each of which is to be released by whoever gets it; the smallest pieces first. */
  constructor(pools: readonly MemoryPool[] = []) {
    this.#pools = pools;
  }

  /** Where the next bytes may be put, for {@link filled}, when much of a frame is missing. They need no copying then. */
  room(): Buffer | undefined {
    const body = this.#body;
    return body !== undefined && body.length - this.#filled >= LARGE_BYTES ? body.subarray(this.#filled) : undefined;
  }

  /** The next bytes stand in {@link room}. Otherwise like {@link push}. */
  filled(bytes: number, onFrame: (frame: Frame) => void): void {
    this.#filled += bytes;
    this.#finish(onFrame);
  }

  /**
   * Takes the next bytes and calls `onFrame` for each frame they complete.
   *
   * Errors: FrameError for a frame that is too large or does not hold together; whatever `onFrame` throws.
   */
  push(chunk: Buffer, onFrame: (frame: Frame) => void): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#body === undefined) {
        const length = this.#readLength(chunk, at);
        at += length.taken;
        if (length.value === undefined) return;
        if (length.value <= chunk.length - at) {
          const body = chunk.subarray(at, at + length.value);
          at += length.value;
          onFrame(parseFrame(body, false));
          continue;
        }
        this.#filled = 0;
        this.#body = this.#memoryFor(length.value);
      }
      const taken = chunk.copy(this.#body, this.#filled, at);
      at += taken;
      this.#filled += taken;
      this.#finish(onFrame);
    }
  }

  #memoryFor(length: number): Buffer {
    if (length <= SMALL_FRAME) return this.#small.subarray(0, length);
    const pool = length < LARGE_BYTES ? undefined : this.#pools.find(({ size }) => length <= size);
    if (pool === undefined) return Buffer.allocUnsafeSlow(length);
    this.#lease = pool.take();
    return this.#lease.bytes.subarray(0, length);
  }

  #finish(onFrame: (frame: Frame) => void): void {
    const body = this.#body;
    if (body === undefined || this.#filled < body.length) return;
    const lease = this.#lease;
    this.#body = undefined;
    this.#lease = undefined;
    onFrame(parseFrame(body, body.length > SMALL_FRAME, lease));
  }

  #readLength(chunk: Buffer, at: number): { readonly taken: number; readonly value?: number } {
    if (this.#lengthFilled === 0 && chunk.length - at >= LENGTH_BYTES) {
      return { taken: LENGTH_BYTES, value: checkedLength(chunk.readUInt32BE(at)) };
    }
    const taken = chunk.copy(this.#length, this.#lengthFilled, at, at + LENGTH_BYTES - this.#lengthFilled);
    this.#lengthFilled += taken;
    if (this.#lengthFilled < LENGTH_BYTES) return { taken };
    this.#lengthFilled = 0;
    return { taken, value: checkedLength(this.#length.readUInt32BE(0)) };
  }
}

/** The bytes of a frame in memory that stays as it is. */
export function keepBytes({ bytes, isOwned }: Frame): Buffer {
  return isOwned ? bytes : Buffer.from(bytes);
}

function checkedLength(length: number): number {
  if (length >= REST_OF_HEADER && length <= LARGEST_FRAME) return length;
  throw new FrameError(`Cannot read a frame of ${length} bytes: expected ${REST_OF_HEADER} to ${LARGEST_FRAME}`);
}

function parseFrame(body: Buffer, isOwned: boolean, lease?: Lease): Frame {
  const textLength = body.readUInt32BE(5);
  const textEnd = REST_OF_HEADER + textLength;
  if (textEnd > body.length) throw new FrameError(`Cannot read a frame: its text is longer than itself`);
  return {
    kind: body[0] ?? 0,
    id: body.readUInt32BE(1),
    text: textLength === 0 ? '' : body.toString('utf8', REST_OF_HEADER, textEnd),
    bytes: body.subarray(textEnd),
    isOwned,
    lease,
  };
}
