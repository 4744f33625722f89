import type { Clock } from '../../base/clock.ts';
import { AgentError } from '../../protocol/agent-error.ts';

/** Each system call on a file holds one of the threads of this process, for ever when a disk is dead; some must be left. */
const AT_ONCE = 4;
/** How long one waits for its turn, milliseconds. */
const PATIENCE_MS = 10_000;

interface Waiting {
  readonly go: () => void;
  readonly timer: Disposable;
}

/** Lets system calls on files happen, a few at a time: a file system that does not answer holds up files and nothing else. */
export class Disk {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #waiting = new Set<Waiting>();
  #busy = 0;

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  /** Does one system call when its turn comes. Errors: `no-resources` when others do not end; what `work` throws. */
  async do<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy < AT_ONCE) this.#busy += 1;
    else await this.#turn();
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #turn(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = {
      go: resolve,
      timer: this.#clock.after(PATIENCE_MS, () => {
        this.#waiting.delete(waiting);
        reject(new AgentError('no-resources', 'Cannot reach the file: a file system does not answer'));
      }),
    };
    this.#waiting.add(waiting);
    await promise;
  }

  /** Hands the turn over to who waits longest. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#busy -= 1;
      return;
    }
    this.#waiting.delete(next);
    next.timer[Symbol.dispose]();
    next.go();
  }
}
