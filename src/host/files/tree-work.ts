import { AgentError } from '../../protocol/agent-error.ts';
import { explainErrno, fileError } from '../../protocol/file-error.ts';

/** Directories within directories that are gone into: each holds descriptors. */
export const DEEPEST = 500;
/** Troubles that are told one by one; of the others only the number is. */
const MOST_TOLD = 100;
/** Troubles that the error itself names. */
const NAMED = 3;

/** Who waits for work on a whole tree. */
export interface WorkWatch {
  readonly signal: AbortSignal;
  /** Told of each entry that could not be dealt with, up to a hundred. */
  readonly onTrouble: (message: string) => void;
}

/** What one piece of work on a tree has done, and what it could not do. */
export class TreeWork {
  readonly #action: string;
  readonly #watch: WorkWatch;
  readonly #named: string[] = [];
  #first: AgentError | undefined;
  #done = 0;
  #failed = 0;

  /** `action`: what is done, for messages: `remove "/x"`. */
  constructor(action: string, watch: WorkWatch) {
    this.#action = action;
    this.#watch = watch;
  }

  get failed(): number {
    return this.#failed;
  }

  /** Errors: the signal's reason when nobody waits any more. */
  check(): void {
    this.#watch.signal.throwIfAborted();
  }

  succeeded(): void {
    this.#done += 1;
  }

  /** An entry could not be dealt with; the others are. */
  trouble(path: string, error: unknown): void {
    this.check();
    const message = `"${path}": ${explainErrno(error)}`;
    this.#first ??= new AgentError(fileError('', error).code, `Cannot ${this.#action}: ${message}`, { cause: error });
    this.#failed += 1;
    if (this.#failed <= MOST_TOLD) this.#watch.onTrouble(message);
    if (this.#failed === MOST_TOLD + 1) this.#watch.onTrouble('more are not told one by one');
    if (this.#named.length < NAMED) this.#named.push(message);
  }

  /** How many entries were dealt with. Errors: why the only one was not; `failed` when more were not, naming the first ones. */
  end(): number {
    if (this.#first === undefined) return this.#done;
    if (this.#failed === 1 && this.#done === 0) throw this.#first;
    const more = this.#failed > this.#named.length ? '; …' : '';
    throw new AgentError(
      'failed',
      `Cannot ${this.#action} as a whole: ${this.#failed} of ${this.#failed + this.#done} entries failed: ${this.#named.join('; ')}${more}`,
    );
  }
}
