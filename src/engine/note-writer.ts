import { PassingMap } from '../base/passing-map.ts';
import type { Clock } from '../base/clock.ts';
import type { JobStore } from './job-store.ts';

/** A run of which notes are kept. */
export interface NotedRun {
  readonly uid: string;
  readonly run: number;
  /** The note as it is now; undefined when there is nothing to be kept. */
  note(): string | undefined;
}

interface DueNote {
  readonly run: NotedRun;
  /** Monotonic, milliseconds. */
  readonly at: number;
}

/** From a change to its note, at least; so this is how much an agent that takes over has to hear again. */
const DELAY_MS = 1000;
/** Notes are written in small parts, so that neither the loop nor the store is held up by them. */
const PART_MS = 100;
const PART_NOTES = 64;
const PART_BYTES = 256 * 1024;

/**
 * Writes the notes of live runs: of each at most once a second, of all together no more than the store takes beside
 * its real work. A note that can't be written is no loss: the next agent hears the run from an earlier place.
 */
export class NoteWriter {
  readonly #store: Pick<JobStore, 'note'>;
  readonly #clock: Clock;
  /** When the changed run of each job may be noted, in that order. */
  readonly #due = new PassingMap<string, DueNote>();
  #timer: Disposable | undefined;
  #writing = 0;

  constructor(store: Pick<JobStore, 'note'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** There is something new to be noted. */
  changed(run: NotedRun): void {
    if (this.#due.has(run.uid)) return;
    this.#due.set(run.uid, { run, at: this.#clock.monotonic() + DELAY_MS });
    if (this.#timer === undefined) this.#wait(DELAY_MS);
  }

  /** The run is over: from now on nothing is written of it. */
  forget(run: NotedRun): void {
    this.#due.delete(run.uid);
    if (this.#due.size > 0) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  /** Nothing is written any more. */
  close(): void {
    for (const { run } of [...this.#due.values()]) this.forget(run);
  }

  #wait(ms: number): void {
    this.#timer = this.#clock.after(ms, () => {
      this.#timer = undefined;
      // A store that is behind gets no more of what can wait.
      if (this.#writing === 0) this.#writePart();
      const [next] = this.#due.values();
      if (next !== undefined) this.#wait(Math.max(PART_MS, next.at - this.#clock.monotonic()));
    });
  }

  #writePart(): void {
    const now = this.#clock.monotonic();
    let [notes, bytes] = [0, 0];
    for (const { run, at } of this.#due.values()) {
      if (at > now || notes >= PART_NOTES || bytes >= PART_BYTES) return;
      this.#due.delete(run.uid);
      const text = run.note();
      if (text === undefined) continue;
      notes += 1;
      bytes += text.length;
      void this.#write(run, text);
    }
  }

  async #write({ uid, run }: NotedRun, text: string): Promise<void> {
    this.#writing += 1;
    try {
      await this.#store.note(uid, run, text);
    } catch {
      // Whoever has something to lose by this tells of it.
    } finally {
      this.#writing -= 1;
    }
  }
}
