import type { Group } from './job-groups.ts';
import type { JobLine } from './job-line.ts';

/** What a job asks for when it gets in line. */
export interface Admission {
  readonly id: string;
  readonly queue: string | undefined;
  readonly priority: number;
  readonly takesSlot: boolean;
  /** It waits there first. */
  readonly group?: Group;
}

/** The lines a ticket may be for. */
export interface Lines {
  /** Where the job waits with others of its group only. */
  groupLine(admission: Admission): JobLine | undefined;
  /** Where the job waits now, its group included. */
  line(admission: Admission): JobLine | undefined;
  /** Another order in its queue. */
  changed(queue: string | undefined): void;
}

/**
 * A job's place in line.
 *
 * A class, as one is made for each job: objects with getters of their own each get a table of their properties, and old
 * ones keep newer ones in memory.
 */
export class Ticket {
  readonly admission: Admission;
  readonly #turn: () => Promise<void>;
  readonly #lines: Lines;
  #priority: number;
  #stage: 'waits' | 'began' | 'left' = 'waits';
  #immediate = false;

  constructor(admission: Admission, turn: () => Promise<void>, lines: Lines) {
    this.admission = admission;
    this.#turn = turn;
    this.#lines = lines;
    this.#priority = admission.priority;
  }

  /** It could start at once: its turn had begun before it was given out. */
  get immediate(): boolean {
    return this.#immediate;
  }

  get hasLeft(): boolean {
    return this.#stage === 'left';
  }

  /** It waits in its group, not yet in line with others. */
  get isInGroup(): boolean {
    return this.#stage !== 'began' && this.#lines.groupLine(this.admission) !== undefined;
  }

  /** How it stands in a line it gets in now. */
  get place(): { readonly id: string; readonly priority: number } {
    return { id: this.admission.id, priority: this.#priority };
  }

  /** Whoever asked for it gets it now. */
  giveOut(): this {
    this.#immediate = this.#stage === 'began';
    return this;
  }

  /** Its turn, unless the place was given up. */
  begin(): Promise<void> {
    if (this.hasLeft) return Promise.resolve();
    this.#stage = 'began';
    return this.#turn();
  }

  /** Gives the place up; does nothing once its turn has begun. */
  leave(): void {
    if (this.#stage !== 'waits') return;
    this.#stage = 'left';
    void this.#lines.line(this.admission)?.take(this.admission.id)?.();
  }

  /** Moves behind the last of this priority, in whichever line it stands. */
  setPriority(priority: number): void {
    this.#priority = priority;
    if (this.#stage === 'began') return;
    this.#lines.line(this.admission)?.setPriority(this.admission.id, priority);
    this.#lines.changed(this.admission.queue);
  }
}
