import { RUN_MARKER } from './launcher.ts';
import { type ProcessStat, readProcesses, readVariable } from './procfs.ts';

/** All processes of the machine at one moment, and the run marker of those young enough to be asked for. */
export interface Survey {
  readonly processes: ReadonlyMap<number, ProcessStat>;
  readonly markers: ReadonlyMap<number, string>;
}

/** Looks over /proc for whoever wants to know: those who ask during one look share the next. */
export class ProcessSurvey {
  #current: Promise<Survey> | undefined;
  #next: Promise<Survey> | undefined;
  #since = Infinity;

  /** A look begun after this call. Markers are read of processes started at `since` (clock ticks since boot) or later. */
  take(since: number): Promise<Survey> {
    this.#since = Math.min(this.#since, since);
    this.#next ??= this.#after(this.#current);
    return this.#next;
  }

  async #after(current: Promise<Survey> | undefined): Promise<Survey> {
    await current?.catch(() => undefined);
    const since = this.#since;
    this.#since = Infinity;
    this.#current = this.#next;
    this.#next = undefined;
    return await look(since);
  }
}

async function look(since: number): Promise<Survey> {
  const processes = await readProcesses();
  const young = [...processes.values()].filter(({ startTime }) => startTime >= since).map(({ pid }) => pid);
  return { processes, markers: await readVariable(young, RUN_MARKER) };
}
