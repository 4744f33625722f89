import type { ProcessFigures } from './process-figures.ts';

/** Who belonged to whom when somebody looked. */
export class Families {
  readonly #pids = new Set<number>();
  readonly #children = new Map<number, number[]>();
  readonly #sessions = new Map<number, number[]>();

  constructor(processes: Iterable<Pick<ProcessFigures, 'pid' | 'parent' | 'session'>>) {
    for (const { pid, parent, session } of processes) {
      this.#pids.add(pid);
      append(this.#children, parent, pid);
      append(this.#sessions, session, pid);
    }
  }

  has(pid: number): boolean {
    return this.#pids.has(pid);
  }

  /** A process, all that descends from it, and all of the session it leads with what descends from those. */
  of(pid: number): number[] {
    const members = new Set([pid, ...(this.#sessions.get(pid) ?? [])]);
    // A set goes on over what is added to it meanwhile.
    for (const member of members) for (const child of this.#children.get(member) ?? []) members.add(child);
    return [...members];
  }
}

function append(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
