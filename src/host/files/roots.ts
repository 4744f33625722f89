import { realpath } from 'node:fs/promises';
import { AgentError } from '../../protocol/agent-error.ts';
import type { Disk } from './disk.ts';

/** Where a path begins: a root, and the names below it. */
export interface Start {
  readonly root: string;
  readonly names: readonly string[];
}

interface Root {
  readonly directory: string;
  /** Names of the path by which it is called, and of the path where it really is. */
  readonly spellings: readonly (readonly string[])[];
}

/** The directories that files are confined to. */
export class Roots {
  readonly #disk: Disk;
  readonly #directories: readonly string[];
  #roots: readonly Root[];

  /** `directories`: absolute paths; who made them decides where links above them lead. */
  constructor(disk: Disk, directories: readonly string[]) {
    this.#disk = disk;
    this.#directories = directories;
    this.#roots = directories.map((directory) => ({ directory, spellings: [namesOf(directory)] }));
  }

  /** False: everything the agent may touch. */
  get isConfined(): boolean {
    return this.#directories.length > 0;
  }

  get directories(): readonly string[] {
    return this.#directories;
  }

  /** The innermost root that a path begins with. Errors: `forbidden` when there is none. */
  async find(path: string): Promise<Start> {
    const names = namesOf(path);
    const found = this.#match(names);
    if (found !== undefined) return found;
    // A root may have come into being, or be meant by the path where it really is, as links do.
    await this.#lookAgain();
    const start = this.#match(names);
    if (start !== undefined) return start;
    throw new AgentError('forbidden', `Cannot use "${path}": it is outside of ${this.describe()}`);
  }

  describe(): string {
    return `the directories this agent is confined to (${this.#directories.join(', ')})`;
  }

  #match(names: readonly string[]): Start | undefined {
    const matches = this.#roots
      .flatMap(({ directory, spellings }) => spellings.map((spelling) => ({ directory, spelling })))
      .filter(({ spelling }) => spelling.every((name, at) => names[at] === name))
      .toSorted((a, b) => b.spelling.length - a.spelling.length);
    const [best] = matches;
    return best === undefined ? undefined : { root: best.directory, names: names.slice(best.spelling.length) };
  }

  async #lookAgain(): Promise<void> {
    this.#roots = await Promise.all(
      this.#directories.map(async (directory) => {
        const real = await this.#disk.do(() => realpath(directory)).catch(() => directory);
        return { directory, spellings: [namesOf(directory), namesOf(real)] };
      }),
    );
  }
}

/** The names a path consists of, in order. `.` and empty ones mean nothing. */
export function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
