import type { EntryLife } from './entry-life.ts';
import type { Standing } from './standing.ts';
import type { StartupEntry } from './startup-entry.ts';

/** An entry that is never started: its condition doesn't hold, or it can't be. */
export class FixedLife implements EntryLife {
  readonly isTried = true;
  readonly wasKilled = false;
  readonly last = undefined;
  readonly standing: Standing;
  #entry: StartupEntry;

  constructor(entry: StartupEntry, standing: Standing, state: 'skipped' | 'invalid', why: string) {
    this.#entry = entry;
    this.standing = standing;
    standing.to(state, why);
  }

  get entry(): StartupEntry {
    return this.#entry;
  }

  takeOver(): Promise<void> {
    return Promise.resolve();
  }

  start(): void {
    // It can't be.
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  adjust(entry: StartupEntry): void {
    this.#entry = entry;
  }

  close(): void {
    // Nothing is open.
  }
}
