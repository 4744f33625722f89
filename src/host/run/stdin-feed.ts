import type { Writable } from 'node:stream';

/** Bytes that wait for the child at most; more are not taken. */
export const STDIN_BUFFER_BYTES = 1024 * 1024;

/**
 * Standard input of one run. Takes bytes by offset, never more than wait in its buffer, so a child that doesn't read
 * holds nobody up. A child that closed its input is no error: it just takes no more.
 */
export class StdinFeed {
  readonly #stream: Writable;
  readonly #onRoom: (offset: number) => void;
  #taken = 0;
  #closeAt = Infinity;
  #hasRefused = false;
  #isClosed = false;

  /** `onRoom` is called when bytes can be taken again after some were refused. */
  constructor(stream: Writable, onRoom: (offset: number) => void) {
    this.#stream = stream;
    this.#onRoom = onRoom;
    const close = (): void => {
      this.#isClosed = true;
    };
    stream.on('error', close).on('close', close);
  }

  /** Offset up to which bytes were taken. */
  get offset(): number {
    return this.#taken;
  }

  /** Takes what fits; see `Launcher.writeStdin`. */
  write(offset: number, bytes: Uint8Array): number {
    if (this.#isClosed) return -1;
    if (offset > this.#taken) return this.#taken;
    const room = Math.min(STDIN_BUFFER_BYTES - this.#stream.writableLength, this.#closeAt - this.#taken);
    const fresh = bytes.subarray(this.#taken - offset);
    const part = fresh.subarray(0, Math.max(0, room));
    if (part.length < fresh.length) this.#hasRefused = true;
    this.#give(part);
    return this.#taken;
  }

  /** Takes all, however much: for bytes that are in memory anyhow. */
  writeAll(bytes: Uint8Array): void {
    if (!this.#isClosed) this.#give(bytes);
  }

  /** Ends the input once everything before `offset` was taken. */
  close(offset: number): void {
    this.#closeAt = Math.min(this.#closeAt, Math.max(offset, this.#taken));
    this.#closeIfDone();
  }

  /** Ends the input now; what the child has not read is lost. */
  destroy(): void {
    this.#isClosed = true;
    this.#stream.destroy();
  }

  #give(bytes: Uint8Array): void {
    if (bytes.length > 0) {
      this.#taken += bytes.length;
      this.#stream.write(bytes, () => {
        this.#onTaken();
      });
    }
    this.#closeIfDone();
  }

  #onTaken(): void {
    if (!this.#hasRefused || this.#isClosed || this.#stream.writableLength > STDIN_BUFFER_BYTES / 2) return;
    this.#hasRefused = false;
    this.#onRoom(this.#taken);
  }

  #closeIfDone(): void {
    if (this.#isClosed || this.#taken < this.#closeAt) return;
    this.#isClosed = true;
    this.#stream.end();
  }
}
