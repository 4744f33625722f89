import { allProcesses, describeProcess, environmentOf, isAlive } from '../../test/harness/processes.ts';
import type { Findings } from '../fuzz/findings.ts';
import { uptimeMs } from './uptime.ts';

/** A process of a job that was seen alive. */
interface Seen {
  readonly pid: number;
  readonly key: string;
  readonly id: string;
}

const LOOK_EVERY_MS = 250;

/** How long after a job's result, or after its next run began, something of it may still be there. */
const MOST_MS = 1000;

/** Looks again and again which processes carry the marks of our jobs, and finds those that should be gone. */
export class ProcessWatch implements Disposable {
  readonly #findings: Findings;
  readonly #prefix: string;
  readonly #timer: NodeJS.Timeout;
  /** Jobs that ended: since when nothing of them may be left. */
  readonly #over = new Map<string, number>();
  /** Since when a job was seen to have a run after this one, by key. */
  readonly #outrun = new Map<string, number>();
  readonly #told = new Set<number>();

  /** Jobs of ours have ids that begin with `prefix`. */
  constructor(prefix: string, findings: Findings) {
    this.#prefix = prefix;
    this.#findings = findings;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** The result of a job was told: nothing of it may be left from now on. */
  isOver(id: string): void {
    this.#over.set(id, uptimeMs());
  }

  /** Processes of our jobs that live. */
  alive(): Seen[] {
    return allProcesses().flatMap((pid) => {
      const { COREX_RUN: key, COREX_JOB_ID: id } = environmentOf(pid);
      return key !== undefined && id?.startsWith(this.#prefix) === true && isAlive(pid) ? [{ pid, key, id }] : [];
    });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = uptimeMs();
    const seen = this.alive();
    const newest = new Map<string, number>();
    for (const { id, key } of seen) newest.set(id, Math.max(newest.get(id) ?? 0, runOf(key)));
    for (const { pid, key, id } of seen) {
      const over = this.#over.get(id);
      if (over !== undefined && now - over > MOST_MS) this.#tell('A process is left after the result', pid);
      if (runOf(key) === newest.get(id)) continue;
      const since = this.#outrun.get(key) ?? now;
      this.#outrun.set(key, since);
      if (now - since > MOST_MS) this.#tell('Two runs of one job at a time', pid);
    }
  }

  #tell(title: string, pid: number): void {
    if (this.#told.has(pid) || !isAlive(pid)) return;
    this.#told.add(pid);
    const { COREX_RUN: key, COREX_JOB_ID: id } = environmentOf(pid);
    this.#findings.add(title, `${describeProcess(pid)} of run ${key} of ${id}`);
  }
}

function runOf(key: string): number {
  return Number(key.slice(key.lastIndexOf('.') + 1));
}
