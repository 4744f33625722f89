import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';

import type { Clock } from '../../base/clock.ts';
import type { OutputStream } from '../../protocol/output.ts';
import type { OutputLog } from '../output/output-log.ts';

/** When time is over, what the system already holds of the output still has to be read: it fits into so many turns of the loop. */
const LAST_TURNS = 8;

/** Carries a child's output into its log, waiting when the log says so. */
export class ChildOutput {
  readonly #streams: readonly Readable[];
  readonly #log: OutputLog;
  readonly #clock: Clock;
  readonly #bothEnded: Promise<unknown>;
  #hasEnded = false;
  #isPaused = false;
  #isDiscarding = false;

  constructor(
    { stdout, stderr }: { readonly stdout: Readable; readonly stderr: Readable },
    log: OutputLog,
    clock: Clock,
    onGrew: (end: number) => void,
  ) {
    this.#streams = [stdout, stderr];
    this.#log = log;
    this.#clock = clock;
    const carry = (stream: Readable, name: OutputStream): Promise<void> => {
      stream.on('data', (bytes: Buffer) => {
        if (this.#isDiscarding) return;
        const mayGoOn = log.append(name, bytes, clock.now());
        if (!mayGoOn) this.#pause();
        onGrew(log.end);
      });
      return new Promise((resolve) => stream.once('close', resolve));
    };
    this.#bothEnded = Promise.all([carry(stdout, 'stdout'), carry(stderr, 'stderr')]).then(() => {
      this.#hasEnded = true;
    });
  }

  /** The log has room again. */
  resume(): void {
    this.#isPaused = false;
    for (const stream of this.#streams) stream.resume();
  }

  /**
   * Waits until the child's streams have ended, `ms` at most or until `hurry`; then takes what is there. Resolves to
   * whether they have ended.
   */
  async drain(ms: number, hurry: Promise<unknown>): Promise<boolean> {
    const late = Promise.withResolvers<undefined>();
    const timer = this.#clock.after(ms, () => {
      late.resolve(undefined);
    });
    await Promise.race([this.#bothEnded, late.promise, hurry]);
    timer[Symbol.dispose]();
    for (let left = LAST_TURNS; left > 0 && !this.#hasEnded; left -= 1) {
      const before = this.#log.end;
      await turn();
      await turn();
      if (this.#log.end === before && !this.#isPaused) break;
    }
    return this.#hasEnded;
  }

  /** Reads no more. What others still write is thrown away as long as `keep` says they may live, else their writing fails. */
  letGo(keep: boolean): void {
    this.#isDiscarding = true;
    for (const stream of this.#streams) {
      if (!keep) {
        stream.destroy();
        continue;
      }
      stream.resume();
      // Those kept must not keep this process from ending.
      if (stream instanceof Socket) stream.unref();
    }
  }

  #pause(): void {
    this.#isPaused = true;
    for (const stream of this.#streams) stream.pause();
  }
}
