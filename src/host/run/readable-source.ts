import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

import type { OutputStream } from '../../protocol/output.ts';
import type { OutputSource } from './child.ts';

/** A child's output as a Node stream gives it. A stream that fails has ended: that is how a terminal says so. */
export class ReadableSource implements OutputSource {
  readonly stream: OutputStream;
  readonly #readable: Readable;

  constructor(stream: OutputStream, readable: Readable) {
    this.stream = stream;
    this.#readable = readable;
    readable.on('error', () => undefined);
  }

  start(onBytes: (bytes: Buffer) => void, onEnd: () => void): void {
    this.#readable.on('data', (bytes: Buffer) => {
      onBytes(bytes);
    });
    this.#readable.once('close', onEnd);
  }

  pause(): void {
    this.#readable.pause();
  }

  resume(): void {
    this.#readable.resume();
  }

  release(): void {
    this.#readable.resume();
    if (this.#readable instanceof Socket) this.#readable.unref();
  }

  destroy(): void {
    this.#readable.destroy();
  }
}
