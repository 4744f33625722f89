import type { Clock } from '../../base/clock.ts';
import type { Lease } from '../../base/memory-pool.ts';
import type { OutputStream } from '../../protocol/output.ts';
import type { OutputSource } from '../run/child.ts';
import { Redactor } from './redactor.ts';

/** A child that is silent for so long may wait for an answer to what it wrote. */
const QUIET_MS = 50;

/** A child's output without secrets. */
class RedactedSource implements OutputSource {
  readonly #source: OutputSource;
  readonly #redactor: Redactor;
  readonly #clock: Clock;
  #onBytes: (bytes: Buffer, lease?: Lease) => void = () => undefined;
  #quiet: Disposable | undefined;

  constructor(source: OutputSource, secrets: readonly string[], clock: Clock) {
    this.#source = source;
    this.#redactor = new Redactor(secrets);
    this.#clock = clock;
  }

  get stream(): OutputStream {
    return this.#source.stream;
  }

  get waiting(): number {
    return this.#redactor.waiting;
  }

  start(onBytes: (bytes: Buffer, lease?: Lease) => void, onEnd: () => void): void {
    this.#onBytes = onBytes;
    this.#source.start(
      (bytes, lease) => {
        const shown = this.#redactor.push(bytes);
        if (shown === bytes) onBytes(bytes, lease);
        else this.#give(shown);
        this.#awaitQuiet();
      },
      () => {
        this.finish();
        onEnd();
      },
    );
  }

  pause(): void {
    this.#source.pause();
  }

  resume(): void {
    this.#source.resume();
  }

  release(): void {
    this.#source.release();
  }

  destroy(): void {
    this.#source.destroy();
  }

  finish(): void {
    this.#quiet?.[Symbol.dispose]();
    this.#give(this.#redactor.end());
  }

  #awaitQuiet(): void {
    this.#quiet?.[Symbol.dispose]();
    this.#quiet = undefined;
    if (this.#redactor.waiting === 0) return;
    this.#quiet = this.#clock.after(QUIET_MS, () => {
      this.#give(this.#redactor.rest());
    });
  }

  #give(bytes: Buffer): void {
    if (bytes.length > 0) this.#onBytes(bytes);
  }
}

/** The same streams without these texts; as they are when there are none. */
export function withoutSecrets(
  sources: readonly OutputSource[],
  secrets: readonly string[] | undefined,
  clock: Clock,
): readonly OutputSource[] {
  if (secrets === undefined || secrets.length === 0) return sources;
  return sources.map((source) => new RedactedSource(source, secrets, clock));
}
