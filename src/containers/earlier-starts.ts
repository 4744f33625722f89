import type { JobAccess } from '../engine/job-access.ts';
import type { ContainerStatus } from '../protocol/container.ts';
import type { ContainerMaker } from './container-maker.ts';
import type { ProcessFacts } from './job-facts.ts';

const NOT_BEGUN = 'The agent died before it let the program begin, so it never did';

/** Starts of agents before this one: nobody knows any more whether a program that is held may begin. */
export class EarlierStarts {
  readonly #jobs: JobAccess;
  readonly #maker: ContainerMaker;
  /** Containers whose main process this agent has started, or looked at since it found it. */
  readonly #known = new Set<string>();
  /** Of each container the main process that was ended before it began. */
  readonly #never = new Map<string, string>();

  constructor({ jobs, maker }: { readonly jobs: JobAccess; readonly maker: ContainerMaker }) {
    this.#jobs = jobs;
    this.#maker = maker;
  }

  /** This agent starts it. */
  isOurs(id: string): void {
    this.#known.add(id);
    this.#never.delete(id);
  }

  /** Ends a main process that an agent died over before it let it begin. */
  async takeOver(id: string, { main }: ContainerStatus): Promise<void> {
    if (main === undefined || main.state === 'exited' || this.#known.has(id)) return;
    if (await this.#maker.isHeld(id)) {
      this.#never.set(id, main.id);
      await this.#jobs.kill(main.id, 'SIGKILL');
    }
    this.#known.add(id);
  }

  /** What is so of a main process, as far as its job can't know. */
  correct(container: string, told: ProcessFacts): ProcessFacts {
    const { id, command, finished, state } = told;
    if (this.#never.get(container) !== id) return told;
    const base = { id, ...(command !== undefined && { command }), ...(finished !== undefined && { finished }) };
    if (state !== 'exited') return { ...base, state: 'starting' };
    return { ...base, state, reason: 'lost', message: NOT_BEGUN };
  }

  forget(id: string): void {
    this.#known.delete(id);
    this.#never.delete(id);
  }
}
