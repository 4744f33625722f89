import { setImmediate as turn } from 'node:timers/promises';

import type { Clock } from '../../base/clock.ts';
import type { OutputLog } from '../output/output-log.ts';
import type { OutputSource } from './child.ts';

/** When time is over, what the system already holds of the output still has to be read: it fits into so many turns of the loop. */
const LAST_TURNS = 8;

/** Carries a child's output into its log, waiting when the log says so. */
export class RunOutput {
  readonly #sources: readonly OutputSource[];
  readonly #log: OutputLog;
  readonly #clock: Clock;
  readonly #allEnded = Promise.withResolvers<undefined>();
  #open: number;
  #isPaused = false;
  #isDiscarding = false;

  constructor(sources: readonly OutputSource[], log: OutputLog, clock: Clock, onGrew: (end: number) => void) {
    this.#sources = sources;
    this.#log = log;
    this.#clock = clock;
    this.#open = sources.length;
    for (const source of sources) {
      source.start(
        (bytes, lease) => {
          if (this.#isDiscarding) return;
          const mayGoOn = log.append(source.stream, bytes, clock.now(), lease);
          if (!mayGoOn) this.#pause();
          onGrew(log.end);
        },
        () => {
          this.#open -= 1;
          if (this.#open === 0) this.#allEnded.resolve(undefined);
        },
      );
    }
  }

  /** Resolves when no stream is open any more. */
  get ended(): Promise<undefined> {
    return this.#allEnded.promise;
  }

  /** The log has room again. */
  resume(): void {
    this.#isPaused = false;
    for (const source of this.#sources) source.resume();
  }

  /**
   * Waits until the child's streams have ended, `ms` at most or until `hurry`; then takes what is there. Resolves to
   * whether they have ended.
   */
  async drain(ms: number, hurry: Promise<unknown>): Promise<boolean> {
    if (this.#open === 0) return true;
    const late = Promise.withResolvers<undefined>();
    const timer = this.#clock.after(ms, () => {
      late.resolve(undefined);
    });
    await Promise.race([this.#allEnded.promise, late.promise, hurry]);
    timer[Symbol.dispose]();
    for (let left = LAST_TURNS; left > 0 && this.#open > 0; left -= 1) {
      const before = this.#taken;
      await turn();
      await turn();
      if (this.#taken === before && !this.#isPaused) break;
    }
    return this.#open === 0;
  }

  /** Reads no more. What others still write is thrown away as long as `keep` says they may live, else their writing fails. */
  letGo(keep: boolean): void {
    for (const source of this.#sources) source.finish?.();
    this.#isDiscarding = true;
    for (const source of this.#sources) {
      if (keep) source.release();
      else source.destroy();
    }
  }

  /** Bytes read so far, whether they are in the log or wait for what follows them. */
  get #taken(): number {
    return this.#sources.reduce((bytes, { waiting = 0 }) => bytes + waiting, this.#log.end);
  }

  #pause(): void {
    this.#isPaused = true;
    for (const source of this.#sources) source.pause();
  }
}
