import type { StartupChanges } from '../../engine/startup-access.ts';
import type { Startup } from '../../startup/startup.ts';
import type { DesiredStartup } from '../../startup/startup-entry.ts';
import type { Resource } from '../../state/resource.ts';
import { joinStartups } from './read-startups.ts';

export interface StartupWishesOptions {
  readonly startup: Pick<Startup, 'begin' | 'apply'>;
  /** What files want, as they were read last. */
  readonly file: () => DesiredStartup;
  /** What relative paths of resources belong to. */
  readonly directory: string;
}

/** All that is wanted to start with the agent: what files say and what resources say, applied together. */
export class StartupWishes {
  readonly #options: StartupWishesOptions;
  #resources: readonly Resource[] = [];
  #applied: string | undefined;
  #begun: Promise<void> | undefined;

  constructor(options: StartupWishesOptions) {
    this.#options = options;
  }

  /** With the resources there are. Once, before anything else. See {@link Startup.begin}. */
  begin(resources: readonly Resource[]): Promise<void> {
    this.#resources = resources;
    this.#begun = this.#options.startup.begin(this.#next());
    return this.#begun;
  }

  /** Files were read again: all that is wanted counts anew. */
  readAgain(): Promise<StartupChanges> {
    return this.#options.startup.apply(this.#next());
  }

  /** Resolves when what resources want now is so. What a caller ended stays so; the same again changes nothing. */
  async want(resources: readonly Resource[]): Promise<void> {
    await this.#begun;
    this.#resources = resources;
    const before = this.#applied;
    const wanted = this.#next();
    if (this.#applied !== before) await this.#options.startup.apply(wanted, { revives: false });
  }

  /** Whether a file has an entry of this id. */
  isInFile(id: string): boolean {
    return this.#options.file().entries.some((entry) => entry.id === id);
  }

  #next(): DesiredStartup {
    const wanted = joinStartups(this.#options.file(), this.#resources, this.#options.directory);
    this.#applied = JSON.stringify(wanted);
    return wanted;
  }
}
