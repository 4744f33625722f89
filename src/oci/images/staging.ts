/** Room for what is not complete. Whatever an agent that died left there is removed by the next. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Places } from './places.ts';

/** A directory that is gone with whoever made it, unless it was moved away. */
export interface Stage extends AsyncDisposable {
  readonly directory: string;
  at(...names: string[]): string;
}

export class Staging {
  readonly #places: Places;
  /** Whether what is moved out of here has to be on the disk by then. */
  readonly #isDurable: boolean;

  constructor(places: Places, isDurable: boolean) {
    this.#places = places;
    this.#isDurable = isDurable;
  }

  get isDurable(): boolean {
    return this.#isDurable;
  }

  async make(): Promise<Stage> {
    const directory = path.join(this.#places.staging, randomUUID());
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return {
      directory,
      at: (...names) => path.join(directory, ...names),
      [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
    };
  }

  /** Puts a complete file or directory where it belongs, in one step. */
  async settle(from: string, to: string): Promise<void> {
    await mkdir(path.dirname(to), { recursive: true, mode: 0o700 });
    if (this.#isDurable) await sync(from);
    await rename(from, to);
    if (this.#isDurable) await sync(path.dirname(to));
  }

  /** Removes everything. Only while nothing is under way. */
  async empty(): Promise<void> {
    await rm(this.#places.staging, { recursive: true, force: true });
    await mkdir(this.#places.staging, { recursive: true, mode: 0o700 });
  }
}

async function sync(file: string): Promise<void> {
  await using handle = await open(file, 'r');
  await handle.sync();
}
