import type { Condition, Dependency } from '../../protocol/dependency.ts';
import type { JobProgressFacts } from './judge.ts';

/** One of the jobs a job waits for. */
export interface Edge {
  readonly waiter: Waiter;
  /** Its place among the job's dependencies. */
  readonly index: number;
  readonly id: string;
  readonly condition: Condition;
}

/** Told what came of the wait, once at most. */
export interface WaitOutcome {
  /** All conditions hold. Answers whether the job starts at once. */
  opened(): boolean;
  /** One can hold no more; `facts` is undefined when its job was forgotten. */
  doomed(dependency: Dependency, facts: JobProgressFacts | undefined): void;
}

/** One job that waits for others. */
export class Waiter {
  readonly uid: string;
  readonly jobId: string;
  /** Dependencies that had come so far when the wait began, by their place. */
  readonly held: number[] = [];
  readonly #open = new Map<number, Edge>();
  readonly #outcome: WaitOutcome;
  #isOver = false;

  constructor(job: { readonly uid: string; readonly id: string }, outcome: WaitOutcome) {
    this.uid = job.uid;
    this.jobId = job.id;
    this.#outcome = outcome;
  }

  /** It waits no longer: it goes on, is doomed, or was ended by a caller. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** What it still waits for. */
  get edges(): Iterable<Edge> {
    return this.#open.values();
  }

  get size(): number {
    return this.#open.size;
  }

  add(index: number, { id, condition }: Dependency): Edge {
    const edge = { waiter: this, index, id, condition };
    this.#open.set(index, edge);
    return edge;
  }

  /** A condition holds. True when it was the last. */
  met(edge: Edge): boolean {
    this.#open.delete(edge.index);
    return this.#open.size === 0;
  }

  /** Answers whether the job starts at once. */
  open(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    return this.#outcome.opened();
  }

  doom(edge: Edge, facts: JobProgressFacts | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#outcome.doomed({ id: edge.id, condition: edge.condition }, facts);
  }

  giveUp(): void {
    this.#isOver = true;
  }
}
