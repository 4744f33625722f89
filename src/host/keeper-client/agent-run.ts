import type { ExitRecord, LauncherEvent, RunKey, RunSnapshot, SpawnFailure, Started } from '../launcher.ts';
import type { OutputSlice } from '../../protocol/output.ts';
import type { RunNews } from '../keeper/protocol.ts';
import { EarlyOutput } from './early-output.ts';

/** What an agent was told of one run of its keeper. */
export class AgentRun {
  readonly key: RunKey;
  readonly start: number;
  /** What the same request is answered with again. */
  answer: Promise<Started | SpawnFailure> | undefined;
  early: EarlyOutput | undefined;
  /** Nothing of it is wanted once it has ended. */
  isForgotten = false;
  #started: Started | undefined;
  #end: number;
  #exit: ExitRecord | undefined;

  constructor(key: RunKey, start: number) {
    this.key = key;
    this.start = start;
    this.#end = start;
    this.early = new EarlyOutput(start);
  }

  /** A run found when the keeper was opened; what it says of it needs no telling. */
  static found({ key, pid, startedAt, outputStart, outputEnd, exit }: RunSnapshot): AgentRun {
    const run = new AgentRun(key, outputStart);
    run.#started = { type: 'started', pid, startedAt };
    run.answer = Promise.resolve(run.#started);
    run.early = undefined;
    run.#end = outputEnd;
    run.#exit = exit;
    return run;
  }

  /** Missing until it is known that it runs. */
  get started(): Started | undefined {
    return this.#started;
  }

  get exit(): ExitRecord | undefined {
    return this.#exit;
  }

  /** It runs. Returns the event of it, once. */
  begin(started: Started): LauncherEvent | undefined {
    if (this.#started !== undefined) return undefined;
    this.#started = started;
    return { type: 'started', key: this.key, started };
  }

  /** The events that are new to whoever follows the run. */
  take(news: RunNews): LauncherEvent[] {
    const { key } = this;
    const events: LauncherEvent[] = [];
    if (news.started !== undefined && news.started.pid !== this.#started?.pid) {
      this.#started = news.started;
      events.push({ type: 'started', key, started: news.started });
    }
    if (news.trouble !== undefined) events.push({ type: 'output-trouble', key, message: news.trouble });
    if (news.stdin !== undefined) events.push({ type: 'stdin', key, offset: news.stdin });
    if (news.end > this.#end) {
      this.#end = news.end;
      events.push({ type: 'grew', key, end: news.end });
    }
    if (news.exit !== undefined && this.#exit === undefined) {
      this.#exit = news.exit;
      // What was dropped in the end is to be missing here as it is everywhere.
      if (news.exit.outputDropped > 0) this.early = undefined;
      events.push({ type: 'exited', key, record: news.exit });
    }
    return events;
  }

  /** What can be said of its output without asking. */
  read(from: number, maxBytes: number): OutputSlice | undefined {
    const position = Math.max(from, this.start);
    const early = this.early?.read(position, maxBytes);
    if (early !== undefined) return early;
    if (position < this.#end) return undefined;
    if (this.#exit === undefined) return { items: [], next: position, ended: false };
    // At its start the keeper has the run's mark to give.
    return position > this.start ? { items: [], next: position, ended: true } : undefined;
  }
}
