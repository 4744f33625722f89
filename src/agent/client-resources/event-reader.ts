import type { ResourceReader } from '../../engine/resource-access.ts';
import type { StateEvent, Watch } from '../../state/event.ts';
import { stateFailure } from './state-failure.ts';
import { eventToWire } from './wire-resource.ts';

/** Reads a watch at the pace of whoever asks. What waits is bounded by the watch itself, which ends a reader that is too slow. */
export class EventReader implements ResourceReader {
  readonly bookmark: string;
  readonly #watch: Watch<StateEvent | readonly StateEvent[]>;
  readonly #onClose: () => void;
  #batch: readonly StateEvent[] = [];
  #at = 0;
  #isClosed = false;

  constructor(watch: Watch<StateEvent | readonly StateEvent[]>, bookmark: string, onClose: () => void) {
    this.#watch = watch;
    this.bookmark = bookmark;
    this.#onClose = onClose;
  }

  async next(maxBytes: number): Promise<readonly string[] | undefined> {
    if (this.#at >= this.#batch.length && !(await this.#fetch())) return undefined;
    const texts: string[] = [];
    let size = 0;
    while (this.#at < this.#batch.length && (texts.length === 0 || size < maxBytes)) {
      const event = this.#batch[this.#at];
      this.#at += 1;
      if (event === undefined) continue;
      const text = JSON.stringify(eventToWire(event));
      texts.push(text);
      size += text.length;
    }
    return texts;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#batch = [];
    this.#watch.close();
    this.#onClose();
  }

  async #fetch(): Promise<boolean> {
    try {
      const next = await this.#watch.next();
      if (next.done === true || this.#isClosed) return false;
      this.#batch = Array.isArray(next.value) ? (next.value as readonly StateEvent[]) : [next.value as StateEvent];
      this.#at = 0;
      return true;
    } catch (error) {
      throw stateFailure(error);
    }
  }
}
