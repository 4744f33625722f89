import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { PendingChange } from './pending-change.ts';

/** Handles that are kept at once; the one that was used least recently goes. */
const MOST_HANDLES = 1000;
/** One that was not used for so long goes, milliseconds. */
const LONGEST_REST_MS = 60 * 60 * 1000;
/** All that handles hold of files together, bytes. */
const MOST_FILE_BYTES = 256 * 1024 ** 2;

const HANDLE_BYTES = 16;

interface Entry {
  readonly change: PendingChange;
  readonly usedAt: number;
}

/** Handles are numbers nobody can guess, with nothing readable in them; what they stand for is here and nowhere else. */
export class HandleTable {
  readonly #clock: Clock;
  readonly #onForgotten: (change: PendingChange) => void;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  #fileBytes = 0;

  /** `onForgotten`: told of each change that goes because nobody used its handle, or too many others were. */
  constructor(clock: Clock, onForgotten: (change: PendingChange) => void = () => undefined) {
    this.#clock = clock;
    this.#onForgotten = onForgotten;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Errors: AgentError `too-many` when it holds more of files than there is room for. */
  add(change: PendingChange): string {
    this.#dropOld();
    if (this.#fileBytes + change.fileBytes > MOST_FILE_BYTES) {
      throw new AgentError(
        'too-many',
        `Cannot keep more files to copy in: handles hold ${this.#fileBytes} bytes, and ${MOST_FILE_BYTES} is the most; commit some first`,
      );
    }
    const handle = randomBytes(HANDLE_BYTES).toString('hex');
    this.#put(handle, change);
    return handle;
  }

  /** Errors: AgentError `unknown-handle`. */
  get(handle: string): PendingChange {
    this.#dropOld();
    const entry = this.#entries.get(handle);
    if (entry === undefined) throw unknownHandle();
    return entry.change;
  }

  /** Exchanges a handle for one of the changed change. When that fails the handle stays. Errors: `unknown-handle`, `too-many`, those of `change`. */
  exchange(handle: string, change: (before: PendingChange) => PendingChange): string {
    const before = this.get(handle);
    const after = change(before);
    this.remove(handle);
    try {
      return this.add(after);
    } catch (error) {
      this.#put(handle, before);
      throw error;
    }
  }

  /** Gives back a handle that was taken out. */
  restore(handle: string, change: PendingChange): void {
    this.#put(handle, change);
  }

  /** One that is not there is no error. */
  remove(handle: string): void {
    const entry = this.#entries.get(handle);
    if (entry === undefined) return;
    this.#entries.delete(handle);
    this.#fileBytes -= entry.change.fileBytes;
  }

  #put(handle: string, change: PendingChange): void {
    this.#entries.set(handle, { change, usedAt: this.#clock.monotonic() });
    this.#fileBytes += change.fileBytes;
  }

  #dropOld(): void {
    const oldest = this.#clock.monotonic() - LONGEST_REST_MS;
    for (const [handle, { usedAt, change }] of this.#entries) {
      if (usedAt >= oldest && this.#entries.size < MOST_HANDLES) return;
      this.remove(handle);
      this.#onForgotten(change);
    }
  }
}

function unknownHandle(): AgentError {
  return new AgentError(
    'unknown-handle',
    'Cannot use the handle: it was used up by a commit or a setter, is too old, or never was one; get another',
  );
}
