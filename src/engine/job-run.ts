/** One run of one job: starts it, listens to it, and sums up what it said and how it ended. */
import { fault } from '../base/fault.ts';
import type { OutputItem } from '../protocol/output.ts';
import type { ProcessIdentity, StopReason } from '../protocol/run.ts';
import { errorMessage, isAgentError } from '../protocol/agent-error.ts';
import { JSON_RESULT_LEVEL } from '../protocol/levels.ts';
import type { EngineParts } from './engine-parts.ts';
import { endLeftovers, lostEnd } from './job-ending.ts';
import type { Job } from './job.ts';
import type { NotedRun } from './note-writer.ts';
import { isIdentifiable } from './process.ts';
import type { Place, Process, RunEnd, RunObserver, RunPlan, RunStart } from './process.ts';
import type { RunSpeech } from './result-builder.ts';
import { writeRunNote } from './run-note.ts';
import type { RunNote } from './run-note.ts';
import { logTrouble } from './place-trouble.ts';
import { MessageCollector } from './streams/message-collector.ts';
import type { ParsedMessage } from './streams/message-parser.ts';
import { MessagePump } from './streams/message-pump.ts';
import { tellMessages } from './tell-messages.ts';

/** Bytes asked of a process at a time when its output moves into the job's row. */
const READ_BYTES = 256 * 1024;
/** The most that whoever owns a run's process keeps of its output in memory alone. */
const UNKNOWN_BYTES = 1024 * 1024;

export type StartAnswer =
  | RunStart
  /** Whoever would start it could not even be asked, so it does not run. */
  | { readonly type: 'unasked' }
  | { readonly type: 'unknown'; readonly message: string };

export class JobRun implements NotedRun {
  readonly plan: RunPlan;
  /** Resolves when it is over and everything it said was heard. Never rejects. */
  readonly ended: Promise<RunEnd>;
  readonly #job: Job;
  readonly #parts: EngineParts;
  readonly #collector: MessageCollector;
  readonly #pump: MessagePump;
  readonly #over = Promise.withResolvers<RunEnd>();
  #process: Process | undefined;
  /** It was this agent that had it started. */
  #isAsked = false;
  #stop: { readonly reason: StopReason; readonly graceMs: number } | undefined;
  /** What was heard before the start was known to have worked. */
  #early: { grewTo?: number; stdin?: number; end?: RunEnd } = {};
  /** Wall clock and monotonic, milliseconds. */
  #startedAt: number;
  #began = 0;
  #identity: ProcessIdentity | undefined;
  #sampler: Disposable | undefined;

  /** `note`: what an agent before this one kept of the run. */
  constructor(job: Job, parts: EngineParts, note?: RunNote) {
    this.#job = job;
    this.#parts = parts;
    this.#startedAt = note?.startedAt ?? 0;
    this.#identity = note?.identity;
    this.#collector = new MessageCollector(note?.heard?.collector);
    this.plan = {
      key: `${job.uid}.${job.runs}`,
      uid: job.uid,
      jobId: job.id,
      run: job.runs,
      command: job.command,
      outputStart: job.outputEnd,
      traceparent: parts.handlers.traceparent(job, job.runs) ?? job.command.trace,
      killGraceMs: job.killGraceMs,
    };
    this.#pump = new MessagePump(job.output, {
      start: job.outputEnd,
      raw: job.command.raw,
      onMessages: (messages) => {
        this.#heard(messages);
      },
      ...(note?.heard === undefined ? {} : { from: note.heard.pump }),
    });
    this.ended = this.#over.promise;
  }

  /** Starts the process. What is asked of it before then is done as soon as it runs. Never rejects. */
  async start(): Promise<StartAnswer> {
    this.#isAsked = true;
    fault('agent.spawn.before');
    try {
      const start = await this.#job.preparation.start(this.plan, this.#observer());
      if (start.type === 'started') this.#begin(start.process, start.startedAt);
      return start;
    } catch (error) {
      if (isAgentError(error) && error.code === 'keeper-unavailable') return { type: 'unasked' };
      logTrouble(this.#parts.logger, { job: this.#job.id }, 'Cannot tell whether a run started')(error);
      return { type: 'unknown', message: errorMessage(error) };
    }
  }

  /** Takes over a run that is still known at its place. False when it isn't. */
  adopt(place: Place): boolean {
    const adopted = place.adopt(this.plan.key, this.#observer());
    if (adopted === undefined) return false;
    this.#begin(adopted.process, adopted.startedAt);
    return true;
  }

  /** The run is gone with whatever owned it. What it left at `from` is ended; what it said is as much as was kept. Never rejects. */
  async lose(from: Place, message: string): Promise<RunEnd> {
    const { output } = this.#job;
    const end = await lostEnd(this.#job, from, message, this.#identity);
    const outputEnd = Math.max(output.end, this.#pump.snapshot().parser.position);
    output.grew(outputEnd);
    await this.#hearAll(outputEnd);
    const outputUnknown = this.#isAsked ? 0 : UNKNOWN_BYTES;
    return { ...end, outputEnd, outputUnknown, startedAt: this.#startedAt };
  }

  get uid(): string {
    return this.plan.uid;
  }

  get run(): number {
    return this.plan.run;
  }

  note(): string | undefined {
    const process = this.#process;
    if (process === undefined) return undefined;
    if (isIdentifiable(process) && this.#identity?.pid !== process.pid) {
      this.#identity = process.identity() ?? this.#identity;
    }
    const identity = this.#identity;
    const heard = { pump: this.#pump.snapshot(), collector: this.#collector.snapshot() };
    return writeRunNote({
      startedAt: this.#startedAt,
      ...(identity === undefined ? {} : { identity }),
      ...(this.#job.command.raw ? {} : { heard }),
    });
  }

  /** Asks the run to end. The first reason wins, the shortest grace counts. */
  stop(reason: StopReason, graceMs: number): void {
    this.#stop = { reason: this.#stop?.reason ?? reason, graceMs: Math.min(this.#stop?.graceMs ?? graceMs, graceMs) };
    this.#passStopOn();
  }

  /** What it said, for the result. */
  speech(end: RunEnd): RunSpeech {
    const said = this.#collector.speech();
    return end.ending.type === 'returned' ? { ...said, data: end.ending.data, level: JSON_RESULT_LEVEL } : said;
  }

  /** The run's bytes for the job's row, when they are in no file. What can't be read is a gap later. Never rejects. */
  async outputForRow(end: RunEnd): Promise<Uint8Array | undefined> {
    if (end.outputOnDisk || end.outputEnd <= this.plan.outputStart || this.#process === undefined) return undefined;
    const items: OutputItem[] = [];
    let from = this.plan.outputStart;
    try {
      while (from < end.outputEnd) {
        const slice = await this.#process.read(from, READ_BYTES);
        items.push(...slice.items);
        if (slice.next <= from) break;
        from = slice.next;
      }
    } catch (error) {
      this.#parts.logger.error({ job: this.#job.id, error: errorMessage(error) }, 'Cannot keep what a run said');
    }
    return items.length === 0 ? undefined : this.#parts.archive.encode(items);
  }

  /** The outcome is stored: what was kept of the run may go. */
  forget(): void {
    const process = this.#process;
    if (process === undefined) return;
    fault('agent.forget');
    this.#job.output.detach(process);
    process.forget();
  }

  #observer(): RunObserver {
    return {
      mainProcess: () => {
        // Whose the pid is must be known should its keeper die.
        if (this.#process !== undefined) this.#parts.notes.changed(this);
      },
      grew: (end) => {
        if (this.#process === undefined) this.#early.grewTo = end;
        else this.#grew(end);
      },
      exited: (end) => {
        if (this.#process === undefined) this.#early.end = end;
        else void this.#exited(end);
      },
      stdin: (offset) => {
        if (this.#process === undefined) this.#early.stdin = offset;
        else this.#tookStdin(offset);
      },
      outputTrouble: (message) => {
        this.#parts.logger.warn({ job: this.#job.id, message }, 'Output can not be kept');
        this.#job.tell({ event: 'output-trouble', message });
      },
      progress: (done, total, text) => {
        this.#job.tell({
          event: 'progress',
          run: this.plan.run,
          done,
          ...(total === undefined ? {} : { total }),
          ...(text === undefined ? {} : { text }),
        });
      },
    };
  }

  #begin(process: Process, startedAt: number): void {
    const { clock } = this.#parts;
    const { output } = this.#job;
    this.#startedAt = startedAt;
    this.#began = clock.monotonic() - Math.max(0, clock.now() - startedAt);
    this.#process = process;
    this.#job.process = process;
    this.#job.startedAt = startedAt;
    this.#job.stdinOffset = undefined;
    output.attach(process, this.plan.outputStart);
    this.#passStopOn();
    this.#sampler = this.#parts.sampler.add(this.#job, process);
    this.#parts.notes.changed(this);
    const { grewTo, stdin, end } = this.#early;
    if (grewTo !== undefined) this.#grew(grewTo);
    if (stdin !== undefined) this.#tookStdin(stdin);
    if (end !== undefined) void this.#exited(end);
  }

  /** A start may hang, so that there never is a process to be asked: then it is for the place to end it. */
  #passStopOn(): void {
    if (this.#stop === undefined) return;
    const { reason, graceMs } = this.#stop;
    const { place, id: job } = this.#job;
    const asked = this.#process?.stop(reason, graceMs) ?? place.stop?.(this.plan.key, reason, graceMs);
    asked?.catch(logTrouble(this.#parts.logger, { job }, 'Cannot ask a run to stop'));
  }

  #tookStdin(offset: number): void {
    this.#job.stdinOffset = offset;
    this.#job.tell({ event: 'stdin', offset });
  }

  #grew(end: number): void {
    this.#parts.counts.outputBytes += Math.max(0, end - this.#job.output.end);
    this.#job.output.grew(end);
    if (!this.#job.command.raw) this.#parts.notes.changed(this);
  }

  async #exited(told: RunEnd): Promise<void> {
    this.#sampler?.[Symbol.dispose]();
    const end = told.ending.type === 'lost' ? await this.#lost(told) : told;
    if (end.outputEnd > this.#job.output.end) this.#grew(end.outputEnd);
    this.#parts.counts.outputDropped += end.outputDropped;
    await this.#hearAll(end.outputEnd);
    this.#parts.notes.forget(this);
    this.#job.process = undefined;
    this.#over.resolve(end);
  }

  async #hearAll(end: number): Promise<void> {
    try {
      await this.#pump.finish(end);
    } catch (error) {
      this.#parts.logger.error({ job: this.#job.id, error: errorMessage(error) }, 'Cannot read what a run said');
    }
  }

  /** Whoever lost the process knows neither its times nor how far its output had come, nor has it ended what is left. */
  async #lost(told: RunEnd): Promise<RunEnd> {
    return {
      ...told,
      ...(await endLeftovers(this.#job.place, this.plan.key, this.#identity)),
      outputEnd: Math.max(told.outputEnd, this.#job.output.end),
      startedAt: this.#startedAt,
      durationMs: this.#parts.clock.monotonic() - this.#began,
    };
  }

  #heard(messages: readonly ParsedMessage[]): void {
    this.#collector.addAll(messages);
    tellMessages(this.#job, messages, this.#parts);
  }
}
