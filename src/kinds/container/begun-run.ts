import type { RunEnd, RunObserver } from '../../engine/process.ts';

/**
 * Stands before an observer until it is known whether the runtime made a process: only then there is a run to be told of.
 *
 * ```
 * the runtime runs ── it goes on as the process it made ──▶ 'begun'
 *        └─────────── it ends without one ────────────────▶ 'ended'
 * ```
 */
export class BegunRun implements RunObserver {
  /** Resolves once that is known. Never rejects. */
  readonly outcome: Promise<'begun' | 'ended'>;
  /** Resolves when the run is over. */
  readonly ended: Promise<void>;
  readonly #end: () => void;
  readonly #observer: RunObserver;
  readonly #resolve: (outcome: 'begun' | 'ended') => void;
  readonly #pids = new Set<number>();
  #helper: number | undefined;
  #isPassing = false;
  #waiting: (() => void)[] = [];

  constructor(observer: RunObserver) {
    const { promise, resolve } = Promise.withResolvers<'begun' | 'ended'>();
    this.outcome = promise;
    this.#resolve = resolve;
    const over = Promise.withResolvers<void>();
    this.ended = over.promise;
    this.#end = over.resolve;
    this.#observer = observer;
  }

  /** The pid of the runtime itself: any other is the process it made. */
  startedAs(pid: number): void {
    this.#helper = pid;
    this.#look();
  }

  /** What was heard is told, and whatever comes. */
  pass(): void {
    this.#isPassing = true;
    for (const tell of this.#waiting) tell();
    this.#waiting = [];
  }

  asked(): void {
    this.#observer.asked?.();
  }

  grew(end: number): void {
    this.#tell(() => {
      this.#observer.grew(end);
    });
  }

  exited(end: RunEnd): void {
    this.#look();
    this.#resolve('ended');
    this.#end();
    this.#tell(() => {
      this.#observer.exited(end);
    });
  }

  stdin(offset: number): void {
    this.#tell(() => this.#observer.stdin?.(offset));
  }

  mainProcess(pid: number): void {
    this.#pids.add(pid);
    this.#look();
    this.#tell(() => this.#observer.mainProcess?.(pid));
  }

  outputTrouble(message: string): void {
    this.#tell(() => this.#observer.outputTrouble?.(message));
  }

  #look(): void {
    if (this.#helper === undefined) return;
    for (const pid of this.#pids) if (pid !== this.#helper) this.#resolve('begun');
  }

  #tell(tell: () => void): void {
    if (this.#isPassing) tell();
    else this.#waiting.push(tell);
  }
}
