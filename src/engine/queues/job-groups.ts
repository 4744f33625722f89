import type { JobLine } from './job-line.ts';
import { holdIn, makeTasks } from './tasks.ts';
import type { Tasks } from './tasks.ts';

/** Jobs that belong together, so many of which may be in line or run at once. */
export interface Group {
  readonly name: string;
  /** Undefined: all. */
  readonly width: number | undefined;
}

/** The lines in which jobs that belong together wait before they get in line with others. A group is closed until it is opened. */
export class JobGroups {
  readonly #groups = new Map<string, Tasks>();
  readonly #opened = new Set<string>();
  #held = true;

  /** Groups may start, those that were opened. */
  open(): void {
    this.#held = false;
    for (const name of this.#opened) this.#groups.get(name)?.tasks.start();
  }

  /** Nothing more starts from any. */
  shut(): void {
    this.#held = true;
    for (const { tasks } of this.#groups.values()) tasks.pause();
  }

  /** Lets the jobs of one group start. */
  openGroup(name: string): void {
    this.#opened.add(name);
    if (!this.#held) this.#groups.get(name)?.tasks.start();
  }

  /** Nothing more of it starts. */
  closeGroup(name: string): void {
    this.#opened.delete(name);
    this.#groups.get(name)?.tasks.pause();
  }

  /** It is forgotten. Whoever waits in it never starts. */
  dropGroup(name: string): void {
    this.closeGroup(name);
    this.#groups.delete(name);
  }

  enter(
    group: Group,
    go: () => Promise<void>,
    options: { readonly id: string; readonly priority: number },
  ): Promise<void> {
    return this.#group(group).tasks.add(go, options);
  }

  hold(group: Group, ended: Promise<void>): void {
    void holdIn(this.#group(group), ended);
  }

  /** The line in which this job waits for others of its group. */
  lineOf(name: string, id: string): JobLine | undefined {
    const line = this.#groups.get(name)?.line;
    return line?.has(id) === true ? line : undefined;
  }

  #group({ name, width = Infinity }: Group): Tasks {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const made = makeTasks(width);
    this.#groups.set(name, made);
    if (!this.#held && this.#opened.has(name)) made.tasks.start();
    return made;
  }
}
