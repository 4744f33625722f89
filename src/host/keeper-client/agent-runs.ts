import { PassingMap } from '../../base/passing-map.ts';
import type { LauncherEvent, RunKey, RunSnapshot, Started } from '../launcher.ts';
import type { OutputSlice } from '../../protocol/output.ts';
import type { RunNews } from '../keeper/protocol.ts';
import type { AgentRun } from './agent-run.ts';

/** Early output held for all runs together; the oldest runs' goes first and is asked for again when it is wanted. */
const EARLY_BYTES = 8 * 1024 * 1024;

/** All runs of a keeper that its agent has not forgotten. */
export class AgentRuns {
  readonly #runs = new PassingMap<RunKey, AgentRun>();
  /** Runs with early output, oldest first. */
  readonly #early = new PassingMap<RunKey, AgentRun>();
  #earlyBytes = 0;

  get(key: RunKey): AgentRun | undefined {
    return this.#runs.get(key);
  }

  add(run: AgentRun): AgentRun {
    this.#runs.set(run.key, run);
    return run;
  }

  /** Nothing of the run is wanted any more, but that it ends, if it hasn't. False when it is unknown. */
  forget(key: RunKey): boolean {
    const run = this.#runs.get(key);
    if (run === undefined || run.isForgotten) return false;
    run.isForgotten = true;
    this.#dropEarly(run);
    if (run.started === undefined || run.exit !== undefined) this.#runs.delete(key);
    return true;
  }

  remove(run: AgentRun): void {
    this.#dropEarly(run);
    if (this.#runs.get(run.key) === run) this.#runs.delete(run.key);
  }

  clear(): void {
    this.#runs.clear();
    this.#early.clear();
    this.#earlyBytes = 0;
  }

  /** Takes what the keeper told. Returns the events that are new. */
  take(news: RunNews, slice: OutputSlice | undefined): LauncherEvent[] {
    const run = this.#runs.get(news.key);
    if (run === undefined) return [];
    if (slice !== undefined && news.early !== undefined) this.#addEarly(run, news.early.from, slice);
    const events = run.take(news);
    if (run.isForgotten && run.exit !== undefined) this.#runs.delete(news.key);
    return events;
  }

  /** Takes the list of a keeper that was found again. Returns the events that were missed, and keys nobody wants. */
  meet(snapshots: readonly RunSnapshot[]): { readonly events: LauncherEvent[]; readonly unwanted: RunKey[] } {
    const events: LauncherEvent[] = [];
    const unwanted: RunKey[] = [];
    const known = new Set(snapshots.map(({ key }) => key));
    for (const run of this.#runs.values()) if (run.isForgotten && !known.has(run.key)) this.remove(run);
    for (const { key, pid, startedAt, outputEnd, stdinOffset, exit } of snapshots) {
      const run = this.#runs.get(key);
      if (run === undefined) {
        unwanted.push(key);
        continue;
      }
      const started: Started = { type: 'started', pid, startedAt };
      events.push(...run.take({ key, end: outputEnd, started, stdin: stdinOffset, ...(exit && { exit }) }));
    }
    return { events, unwanted };
  }

  #addEarly(run: AgentRun, from: number, slice: OutputSlice): void {
    if (run.early === undefined) return;
    const before = run.early.size;
    run.early.add(from, slice);
    this.#early.set(run.key, run);
    this.#earlyBytes += run.early.size - before;
    for (const oldest of this.#early.values()) {
      if (this.#earlyBytes <= EARLY_BYTES) break;
      this.#dropEarly(oldest);
    }
  }

  #dropEarly(run: AgentRun): void {
    if (this.#early.delete(run.key)) this.#earlyBytes -= run.early?.size ?? 0;
    run.early = undefined;
  }
}
