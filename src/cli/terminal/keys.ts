import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobHandle } from '../../client/job-handle.ts';
import { DetachScanner } from './detach-keys.ts';

/** What becomes of what is typed. */
export type Typing =
  /** All of it goes to the job. */
  | 'to the job'
  /** Only control-C does. */
  | 'interrupts'
  /** Nothing does, and control-C leaves the job. */
  | 'nothing';

/** A beginning of the detach keys that nothing follows is passed on after this time. */
const HELD_MS = 1000;

/** Typed bytes that may wait for a job that reads no more; then keys are dropped, as a terminal does. */
const WAITING_BYTES = 64 * 1024;
/** How long a slow job, such as one into which much is pasted, is given to take some before keys are dropped. */
const PATIENCE_MS = 2000;

const CONTROL_C = 0x03;
const INTERRUPT = Buffer.from([CONTROL_C]);

/**
 * Passes on what is typed, until the detach keys are typed, the keyboard is gone, or the signal aborts. Resolves in
 * either case and never rejects: how a job ends is told by its result. However little the job reads, the detach keys
 * are heard.
 */
export class Keys {
  readonly #scanner: DetachScanner;
  readonly #job: Pick<JobHandle, 'write'>;
  readonly #typing: Typing;
  #waiting = 0;
  /** The job has taken nothing for a while. */
  #isStuck = false;
  #release: NodeJS.Timeout | undefined;

  constructor(job: Pick<JobHandle, 'write'>, typing: Typing, detachKeys: Buffer) {
    this.#job = job;
    this.#typing = typing;
    this.#scanner = new DetachScanner(detachKeys);
  }

  /** Reads the keyboard, and leaves it open and paused after that. */
  async read(keyboard: Readable, signal: AbortSignal): Promise<void> {
    const over = Promise.withResolvers<undefined>();
    const stop = (): void => over.resolve(undefined);
    const onKeys = async (chunk: Buffer): Promise<void> => {
      keyboard.pause();
      if (await this.#take(chunk)) stop();
      else if (!signal.aborted) keyboard.resume();
    };
    const listener = (chunk: Buffer): void => void onKeys(chunk);
    keyboard.on('data', listener).on('end', stop).on('close', stop).on('error', stop);
    signal.addEventListener('abort', stop, { once: true });
    if (!signal.aborted) await over.promise;
    keyboard.off('data', listener).off('end', stop).off('close', stop).pause();
    signal.removeEventListener('abort', stop);
    clearTimeout(this.#release);
  }

  /** Control-C that did not come by the keyboard. */
  interrupt(): void {
    void this.#give(INTERRUPT);
  }

  /** True when the job is to be left. */
  async #take(chunk: Buffer): Promise<boolean> {
    clearTimeout(this.#release);
    const { bytes, isDetached } = this.#scanner.take(chunk);
    const isLeft = isDetached || (this.#typing === 'nothing' && bytes.includes(CONTROL_C));
    await this.#give(bytes);
    if (!isLeft && this.#scanner.isHolding) this.#releaseLater();
    return isLeft;
  }

  #releaseLater(): void {
    this.#release = setTimeout(() => void this.#give(this.#scanner.release()), HELD_MS);
  }

  async #give(typed: Buffer): Promise<void> {
    const bytes = this.#meant(typed);
    if (bytes.length === 0 || this.#waiting + bytes.length > WAITING_BYTES) return;
    this.#waiting += bytes.length;
    const written = this.#job.write(bytes).then(
      () => {
        this.#waiting -= bytes.length;
        this.#isStuck = false;
      },
      () => undefined,
    );
    if (!this.#isStuck) await this.#wait(written);
  }

  async #wait(written: Promise<void>): Promise<void> {
    const patience = new AbortController();
    const late = delay(PATIENCE_MS, true, { signal: patience.signal });
    late.catch(() => undefined);
    this.#isStuck = (await Promise.race([written, late])) === true;
    patience.abort();
  }

  /** The part that is the job's. */
  #meant(typed: Buffer): Buffer {
    if (this.#typing === 'to the job') return typed;
    const count = this.#typing === 'interrupts' ? typed.filter((byte) => byte === CONTROL_C).length : 0;
    return Buffer.alloc(count, CONTROL_C);
  }
}
