/** Drives one job through its runs: its place in line, the order of writes, restarts, and the end. */
import type { StopReason } from '../protocol/run.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Job } from './job.ts';
import { JobRun } from './job-run.ts';
import { emptyEnd, exitedEvent, finishedRun, progressOf, resultOf, settledOutcome } from './job-ending.ts';
import type { Intent } from './job-store.ts';
import { persist } from './persist.ts';
import type { RunEnd } from './process.ts';
import type { Admission, Ticket } from './queues/job-queues.ts';
import { SILENCE } from './result-builder.ts';
import type { RunSpeech } from './result-builder.ts';
import { decideRestart } from './restart-policy.ts';
import { outcomeOfEnd, outcomeOfFailedStart, outcomeOfIdleKill } from './run-outcome.ts';
import type { RunOutcome } from './run-outcome.ts';

export class JobRunner {
  readonly job: Job;
  readonly #parts: EngineParts;
  #ticket: Ticket | undefined;
  #timer: Disposable | undefined;
  #run: JobRun | undefined;
  /** A stop asked for before there was a run to ask. */
  #wantedStop: { readonly reason: StopReason; readonly graceMs: number } | undefined;
  /** An intent that is in the store already and has not been carried out. */
  #storedIntent: Intent | undefined;
  /** Resolves once the job is stored; false when it turned out not to become one. */
  #stored: Promise<boolean> = Promise.resolve(true);
  /** The present turn, and what a run's end sets going after it. */
  #turning: Promise<void> = Promise.resolve();
  #concluding: Promise<void> = Promise.resolve();
  #settling: Promise<void> | undefined;

  constructor(job: Job, parts: EngineParts) {
    this.job = job;
    this.#parts = parts;
  }

  /** Resolves once the job is stored; false when it turned out not to become one. */
  get stored(): Promise<boolean> {
    return this.#stored;
  }

  /** Whether a run is starting, running or being stopped. */
  get hasRun(): boolean {
    return this.job.state === 'starting' || this.job.state === 'running' || this.job.state === 'stopping';
  }

  /** Resolves when nothing of a run is under way. */
  async idle(): Promise<void> {
    await this.#turning;
    await this.#concluding;
    await this.#settling;
  }

  /**
   * Gets in line for the first run; nothing starts before `stored` resolves true. Returns the intent when
   * the turn came at once, to be stored together with the job.
   */
  enlist(stored: Promise<boolean>): Intent | undefined {
    this.#stored = stored;
    this.#enter();
    if (this.#ticket?.immediate === true) this.#storedIntent = this.#intend();
    return this.#storedIntent;
  }

  /** Goes on with a job found in the store that has no run under way. */
  resume(): void {
    const { job } = this;
    if (job.dueAt === undefined) this.#enter();
    else if (job.move('again')) this.#wait(job.dueAt - this.#parts.clock.now());
  }

  /** Carries out a stored intent that was never spawned. It waits in line like any other. */
  respawn(intent: Intent): void {
    this.#storedIntent = intent;
    this.#enter();
  }

  /** Takes over a live run. False when its place doesn't know it. */
  adopt(): boolean {
    const { job } = this;
    const run = new JobRun(job, this.#parts);
    if (!run.adopt()) return false;
    this.#run = run;
    job.move('admit');
    job.move('started');
    job.tell({ event: 'adopted', run: job.runs, ...pidOf(job), position: run.plan.outputStart });
    this.#turning = run.ended.then((end) => {
      this.#concluding = this.#finished(run, end);
    });
    this.#parts.queues.hold(this.#admission(), this.#turning);
    return true;
  }

  /** The run that was under way is gone with whatever owned it. */
  async lose(left: Pick<RunEnd, 'outputEnd' | 'cleanup' | 'survivors'>): Promise<void> {
    const { job } = this;
    job.move('admit');
    const message = 'What owned the process ended while it ran, so how it ended is unknown';
    const outputEnd = Math.max(left.outputEnd, job.outputEnd);
    const end: RunEnd = {
      ...emptyEnd(outputEnd, { type: 'lost', message }),
      cleanup: left.cleanup,
      survivors: left.survivors,
    };
    job.output.grew(outputEnd);
    await this.#concluded(outcomeOfEnd(end, []), end, SILENCE, undefined);
  }

  /** Asks the live run to end. What has no process yet is stopped as soon as it has one. */
  stopRun(reason: StopReason, graceMs: number): void {
    const { job } = this;
    this.#wantedStop ??= { reason, graceMs };
    if (job.move('stop')) job.tell({ event: 'stopping', run: job.runs, reason });
    this.#run?.stop(reason, graceMs);
  }

  /** Gives up the place in line and the wait between runs. */
  leave(): void {
    this.#ticket?.leave();
    this.#timer?.[Symbol.dispose]();
  }

  /** Settles a job that has no live run. */
  async settleIdle(outcome: RunOutcome): Promise<void> {
    this.leave();
    await this.#settle(outcome, undefined, undefined);
  }

  #enter(): void {
    const { job } = this;
    this.#ticket = this.#parts.queues.enter(this.#admission(), () => {
      this.#turning = this.#turn().catch((error: unknown) => {
        this.#parts.logger.error({ job: job.id, error }, 'A turn of a job failed');
      });
      return this.#turning;
    });
    if (!this.#ticket.immediate)
      job.tell({ event: 'queued', ...(job.command.queue === undefined ? {} : { queue: job.command.queue }) });
  }

  #admission(): Admission {
    const { id, command, priority, preparation } = this.job;
    return { id, queue: command.queue, priority, takesSlot: preparation.takesSlot };
  }

  /** The next run's intent. Counting it is what makes its key new. */
  #intend(): Intent {
    const { place } = this.job;
    this.job.runs += 1;
    return { run: this.job.runs, place: place.name, epoch: this.#parts.epochOf(place) };
  }

  /** One turn: from a place in line to the end of a run. Resolving gives the place up. */
  async #turn(): Promise<void> {
    const { job } = this;
    if (!(await this.#stored) || this.#settling !== undefined || !job.move('admit')) return;
    if (this.#storedIntent === undefined) {
      const intent = this.#intend();
      if (!(await persist(this.#parts, 'intent', () => this.#parts.store.intend(job.uid, intent)))) return;
    }
    this.#storedIntent = undefined;
    if (this.#wantedStop !== undefined || this.#parts.isStopping()) {
      await this.#standDown();
      return;
    }
    const run = new JobRun(job, this.#parts);
    this.#run = run;
    const start = await run.start();
    if (start.type === 'failed') {
      this.#parts.counts.startsFailed += 1;
      const end = emptyEnd(job.outputEnd, { type: 'lost', message: start.error.message });
      this.#concluding = this.#concluded(outcomeOfFailedStart(start), end, SILENCE, undefined);
      return;
    }
    this.#parts.counts.runsStarted += 1;
    job.move('started');
    job.startedAt = start.startedAt;
    const position = run.plan.outputStart;
    job.tell({ event: 'started', run: job.runs, ...pidOf(job), position }, position);
    job.hooks.started({ run: job.runs, pid: start.process.pid }, this.#parts.clock);
    const end = await run.ended;
    // The place is free now; storing what happened doesn't hold it.
    this.#concluding = this.#finished(run, end);
  }

  /** Asked to stop after its run was intended and before it was spawned. */
  async #standDown(): Promise<void> {
    const { job } = this;
    job.runs -= 1;
    if (this.#parts.isStopping() && !job.final) {
      // The next agent starts it: nothing was spawned, so the intent is taken back.
      const progress = progressOf(job, undefined);
      await persist(this.#parts, 'intent', () =>
        this.#parts.store.conclude(job.uid, { type: 'again', progress, output: undefined }),
      );
      job.move('again');
      return;
    }
    await this.#settle(outcomeOfIdleKill(job.runs), undefined, undefined);
  }

  async #finished(run: JobRun, end: RunEnd): Promise<void> {
    const output = await run.outputForRow(end);
    await this.#concluded(outcomeOfEnd(end, this.job.command.successCodes), end, run.speech(end), output);
    run.forget();
  }

  /** A run is over and everything it said was heard: decides what follows, stores it, then tells. */
  async #concluded(outcome: RunOutcome, end: RunEnd, speech: RunSpeech, output: Uint8Array | undefined): Promise<void> {
    const { job } = this;
    this.#run = undefined;
    job.outputEnd = end.outputEnd;
    job.outputDropped += end.outputDropped;
    job.lastRun = finishedRun(outcome, end, speech);
    job.tell(exitedEvent(job, outcome, end), end.outputEnd);
    job.hooks.exited({ run: job.runs, state: outcome.state });
    const decision = decideRestart(
      {
        command: job.command,
        outcome,
        durationMs: end.durationMs,
        failures: job.failures,
        final: job.final,
        protected: job.protected,
        shutdown: end.stop === 'shutdown',
      },
      this.#parts.random,
    );
    if (decision.type === 'settle') {
      await this.#settle(outcome, end, output);
      return;
    }
    job.failures = decision.failures;
    job.dueAt = this.#parts.clock.now() + decision.delayMs;
    const progress = progressOf(job, job.dueAt);
    const stored = await persist(this.#parts, 'outcome', () =>
      this.#parts.store.conclude(job.uid, { type: 'again', progress, output }),
    );
    const killed = this.#wantedStop !== undefined;
    this.#wantedStop = undefined;
    if (!stored) return;
    // Somebody ended the job while its next run was being stored.
    if (job.final) {
      await this.#settle(killed ? outcomeOfIdleKill(job.runs) : outcome, end, undefined);
      return;
    }
    if (!job.move('again')) this.#parts.counts.ignoredEvents += 1;
    job.tell({
      event: 'restarting',
      run: job.runs + 1,
      delay_ms: Math.round(decision.delayMs),
      reason: decision.reason,
    });
    this.#wait(decision.delayMs);
  }

  #wait(delayMs: number): void {
    if (this.#parts.isStopping()) return;
    this.#timer = this.#parts.clock.after(delayMs, () => {
      if (!this.job.move('due')) return;
      this.job.dueAt = undefined;
      this.#enter();
    });
  }

  /** Ends the job for good: stored first, told after. Once. */
  #settle(outcome: RunOutcome, end: RunEnd | undefined, output: Uint8Array | undefined): Promise<void> {
    this.#settling ??= this.#settleOnce(outcome, end, output);
    return this.#settling;
  }

  async #settleOnce(outcome: RunOutcome, end: RunEnd | undefined, output: Uint8Array | undefined): Promise<void> {
    const { job } = this;
    const result = resultOf(job, outcome);
    const settled = settledOutcome(job, result, this.#parts.clock.now(), end?.startedAt ?? job.startedAt, output);
    if (!(await persist(this.#parts, 'result', () => this.#parts.store.conclude(job.uid, settled)))) return;
    const { counts, handlers } = this.#parts;
    job.move('settle');
    counts.settled[outcome.reason] = (counts.settled[outcome.reason] ?? 0) + 1;
    this.#parts.removeJob(job);
    job.output.settle();
    job.settleWith(result);
    handlers.result(job, result);
  }
}

function pidOf(job: Job): { pid?: number } {
  const pid = job.process?.pid;
  return pid === undefined ? {} : { pid };
}
