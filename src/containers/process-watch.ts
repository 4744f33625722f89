import type { HandledJob, Handler } from '../engine/handlers.ts';
import type { Command } from '../protocol/command.ts';
import { isStateError } from '../state/state-error.ts';
import type { State } from '../state/state.ts';
import { ContainerSignals, OWNER } from './resources.ts';

/** Commands whose jobs are processes of containers. */
export const MAIN_PROCESS = 'container.process';
export const OTHER_PROCESS = 'container.exec';

export interface ProcessWatchOptions {
  readonly state: State;
  /** Told what could not be written. */
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Hears of jobs that are processes of containers: notes which programs were started beside the main ones, and wakes the
 * controller of a container whenever one of its processes begins, is stopped or ends.
 */
export class ProcessWatch {
  readonly handler: Handler;
  readonly #state: State;
  readonly #onTrouble: (error: unknown) => void;
  /** Of each container, jobs whose present state its status may lack. */
  readonly #execs = new Map<string, Set<string>>();

  constructor({ state, onTrouble }: ProcessWatchOptions) {
    this.#state = state;
    this.#onTrouble = onTrouble;
    this.handler = {
      name: 'containers',
      found: (job) => {
        this.#heard(job);
      },
      started: (job) => {
        this.#heard(job);
      },
      moved: (job, state) => {
        if (state === 'running' || state === 'stopping') this.#heard(job);
      },
      result: (job) => {
        this.#heard(job);
      },
    };
  }

  /** Jobs of programs in a container that began or ended. */
  execsOf(container: string): readonly string[] {
    return [...(this.#execs.get(container) ?? [])];
  }

  /** The status of the container tells of it now. */
  recorded(container: string, job: string): void {
    const jobs = this.#execs.get(container);
    jobs?.delete(job);
    if (jobs?.size === 0) this.#execs.delete(container);
  }

  forget(container: string): void {
    this.#execs.delete(container);
  }

  /** Has the container looked at. */
  async wake(container: string): Promise<void> {
    try {
      await this.#state.modify(
        ContainerSignals.make({ id: container, spec: { count: 0 }, owner: OWNER }),
        (draft) => {
          draft.spec.count += 1;
        },
        { owner: OWNER },
      );
    } catch (error) {
      if (!isStateError(error, 'closed')) this.#onTrouble(error);
    }
  }

  #heard({ id, command }: HandledJob): void {
    const container = containerOf(command);
    if (container === undefined) return;
    if (command.name === OTHER_PROCESS) {
      const jobs = this.#execs.get(container) ?? new Set();
      this.#execs.set(container, jobs.add(id));
    }
    void this.wake(container);
  }
}

/** Undefined for a job that is no process of a container. */
function containerOf({ name, args }: Command): string | undefined {
  if (name !== MAIN_PROCESS && name !== OTHER_PROCESS) return undefined;
  const { container } = (args ?? {}) as { readonly container?: unknown };
  return typeof container === 'string' ? container : undefined;
}
