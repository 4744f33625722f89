import { readlinkSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';

import { type Lease, MemoryPool } from '../../base/memory-pool.ts';
import type { OutputStream } from '../../protocol/output.ts';
import type { OutputSource } from '../run/child.ts';
import { widenPipe } from './libc.ts';

/** What the system keeps in a pipe, and so what one read takes of it at most. */
const READ_BYTES = 64 * 1024;

/** A child that fills its pipe gets a wider one, so that it and its reader have to wait for each other less often. */
const WIDE_BYTES = 4 * READ_BYTES;

/** What one read takes of a wide pipe at most. The log has room for this much beyond where it asks its owner to wait. */
const WIDE_READ_BYTES = 2 * READ_BYTES;

/** A child that fills more than this at once is chatty: it is read into memory that its log can keep without copying. */
const CHATTY_BYTES = 16 * 1024;

/** Memory for chatty children is taken in pieces of this size, so that few large reads don't become many large objects. */
const SLAB_BYTES = 4 * READ_BYTES;

/** Memory of chatty children that is kept for others. */
const FREE_SLABS = 16;

const slabs = new MemoryPool(SLAB_BYTES, FREE_SLABS);

/** Where quiet children are read into; what they said is copied out before the next read. */
const shared = Buffer.allocUnsafeSlow(READ_BYTES);

/** The reading end of a pipe. Takes no memory while the child is silent. */
export class PipeSource implements OutputSource {
  readonly stream: OutputStream;
  readonly #socket: Socket;
  readonly #fd: number;
  #onBytes: (bytes: Buffer, lease?: Lease) => void = () => undefined;
  #onEnd: () => void = () => undefined;
  #slab: Lease | undefined;
  #used = 0;
  #isWide = false;

  /** Takes over the file. */
  constructor(stream: OutputStream, fd: number) {
    this.stream = stream;
    this.#fd = fd;
    const options: SocketConstructorOpts & { manualStart: boolean } = {
      fd,
      readable: true,
      writable: false,
      manualStart: true,
      onread: {
        buffer: () => this.#room(),
        callback: (length, buffer) => {
          this.#take(length, buffer);
          return true;
        },
      },
    };
    this.#socket = new Socket(options);
    this.#socket.on('error', () => undefined);
    this.#socket.once('close', () => {
      this.#releaseSlab();
      this.#onEnd();
    });
  }

  /** What the system calls the pipe; undefined when nobody can have its other end any more. */
  name(): string | undefined {
    return this.#socket.destroyed ? undefined : readlinkSync(`/proc/self/fd/${String(this.#fd)}`);
  }

  start(onBytes: (bytes: Buffer, lease?: Lease) => void, onEnd: () => void): void {
    this.#onBytes = onBytes;
    this.#onEnd = onEnd;
    this.#socket.resume();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  release(): void {
    this.#socket.resume();
    this.#socket.unref();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #room(): Buffer {
    if (this.#slab === undefined) return shared;
    if (SLAB_BYTES - this.#used < READ_BYTES) this.#takeSlab();
    return this.#slab.bytes.subarray(this.#used, this.#used + WIDE_READ_BYTES);
  }

  #take(length: number, buffer: Uint8Array): void {
    const slab = this.#slab;
    if (slab?.bytes.buffer !== buffer.buffer) {
      if (length >= CHATTY_BYTES) this.#takeSlab();
      if (length === READ_BYTES) this.#widen();
      this.#onBytes(Buffer.from(buffer.subarray(0, length)));
      return;
    }
    const bytes = slab.bytes.subarray(this.#used, this.#used + length);
    this.#used += length;
    this.#onBytes(bytes, slab);
    // One that grew quiet gives its memory back as soon as its log does.
    if (length < CHATTY_BYTES) this.#releaseSlab();
  }

  /** The system may say no: all pipes of a user together are limited. */
  #widen(): void {
    if (this.#isWide) return;
    this.#isWide = true;
    widenPipe(this.#fd, WIDE_BYTES);
  }

  #takeSlab(): void {
    this.#releaseSlab();
    this.#slab = slabs.take();
    this.#used = 0;
  }

  #releaseSlab(): void {
    this.#slab?.release();
    this.#slab = undefined;
  }
}
