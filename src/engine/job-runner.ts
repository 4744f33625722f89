/** Drives one job through its runs: its place in line, the order of writes, restarts, and the end. */
import { errorMessage } from '../protocol/agent-error.ts';
import type { StopReason } from '../protocol/run.ts';
import type { EngineParts } from './engine-parts.ts';
import type { SettledJobs } from './graph/job-graph.ts';
import type { Job } from './job.ts';
import { JobRun } from './job-run.ts';
import type { StartAnswer } from './job-run.ts';
import { finishedRun, progressOf, restartFacts, unstartedEnd } from './job-ending.ts';
import { beganEvent, exitedEvent, restartingEvent } from './job-events.ts';
import { hasRun } from './job-state.ts';
import { JobSettlement } from './job-settlement.ts';
import { JobWaiting } from './job-waiting.ts';
import type { Intent } from './job-store.ts';
import { persist } from './persist.ts';
import { untilPlaceAnswers } from './place-trouble.ts';
import type { Place, RunEnd } from './process.ts';
import { SILENCE } from './result-builder.ts';
import type { RunSpeech } from './result-builder.ts';
import { decideRestart } from './restart-policy.ts';
import { outcomeOfEnd, outcomeOfFailedStart, outcomeOfIdleKill } from './run-outcome.ts';
import type { RunOutcome } from './run-outcome.ts';
import { RunIntent } from './run-intent.ts';
import type { RunNote } from './run-note.ts';

export class JobRunner {
  readonly job: Job;
  readonly settlement: JobSettlement;
  /** Where it stands while it does not run. */
  readonly waiting: JobWaiting;
  readonly #parts: EngineParts;
  #run: JobRun | undefined;
  /** The present run has ended; what follows is being decided and stored. */
  #isConcluding = false;
  /** A stop asked for before there was a run to ask, or when it had ended. */
  #wantedStop: StopReason | undefined;
  readonly #intent: RunIntent;
  #stored: Promise<boolean> = Promise.resolve(true);
  #begun: Promise<void> = Promise.resolve();
  /** The present turn, and what a run's end sets going after it. */
  #turning: Promise<void> = Promise.resolve();
  #concluding: Promise<void> = Promise.resolve();

  constructor(job: Job, parts: EngineParts) {
    this.job = job;
    this.#parts = parts;
    this.settlement = new JobSettlement(job, parts);
    this.#intent = new RunIntent(job, parts);
    this.waiting = new JobWaiting(job, parts);
  }

  /** Resolves once the job is stored; false when it turned out not to become one. */
  get stored(): Promise<boolean> {
    return this.#stored;
  }

  /** Whether a run is starting, running, being stopped, or over without its outcome being stored. */
  get hasRun(): boolean {
    return hasRun(this.job.state);
  }

  /** Whether the process of a run may be alive. */
  get isActive(): boolean {
    return this.hasRun && !this.#isConcluding && this.#run !== undefined;
  }

  /** Resolves when the run that is starting has a process, or turned out not to get one. */
  get begun(): Promise<void> {
    return this.#begun;
  }

  /** Resolves when nothing of a run is under way. */
  async idle(): Promise<void> {
    await this.#turning;
    await this.#concluding;
    await this.settlement.over;
  }

  /**
   * Gets in line, or behind the jobs its command names, of which `settled` was looked up; nothing starts before `stored`
   * resolves true. To be stored with the job: the intent when its turn came at once, else which of those came so far.
   */
  enlist(stored: Promise<boolean>, settled?: SettledJobs): { intent?: Intent; met?: readonly number[] } {
    this.#stored = stored;
    const met = settled === undefined ? [] : this.follow(settled);
    if (settled === undefined) this.#enter();
    return this.waiting.isImmediate ? { intent: this.#intent.make() } : { met };
  }

  /** Gets in line when the jobs its command names have come so far, but for those of `met`; ends when one can't. */
  follow(settled: SettledJobs, met?: ReadonlySet<number>): readonly number[] {
    return this.waiting.behind(settled, met, {
      opened: () => {
        if (!this.settlement.hasBegun) this.#enter();
      },
      failed: (outcome) => void this.#guarded('wait', this.#fail(outcome)),
    });
  }

  /** Goes on with a job found in the store that has no run under way. */
  resume(): void {
    const { job } = this;
    if (job.dueAt === undefined) this.#enter();
    else if (job.move('again')) this.#wait(job.dueAt - this.#parts.clock.now());
  }

  /** Carries out a stored intent that was never spawned. It waits in line like any other. */
  respawn(intent: Intent): void {
    this.#intent.found(intent);
    this.#enter();
  }

  /** Takes over a live run, or one that has ended meanwhile. False when its place doesn't know it. */
  adopt(place: Place, note: RunNote | undefined): boolean {
    const { job } = this;
    const run = new JobRun(job, this.#parts, note);
    if (!run.adopt(place)) return false;
    this.#run = run;
    job.move('admit');
    job.move('started');
    job.tell(beganEvent('adopted', job, run.plan.outputStart));
    this.#turning = run.ended.then((end) => {
      this.#conclude(this.#finished(run, end));
    });
    this.#parts.queues.hold(this.waiting.admission, this.#turning);
    return true;
  }

  /** The run that was under way is gone with whatever owned it. `from` is where its leftovers are looked for. */
  async lose(from: Place, note: RunNote | undefined): Promise<void> {
    const { job } = this;
    job.move('admit');
    const outputEnd = await this.#parts.archive.end(job.uid).catch(() => 0);
    job.output.grew(outputEnd);
    const run = new JobRun(job, this.#parts, note);
    const message = 'What owned the process ended while it ran, so how it ended is unknown';
    this.#conclude(this.#lost(run, from, message));
    await this.#concluding;
  }

  /** Asks the live run to end. What has no process yet is stopped as soon as it has one. */
  stopRun(reason: StopReason, graceMs: number): void {
    const { job } = this;
    this.#wantedStop ??= reason;
    if (this.#isConcluding) return;
    if (job.move('stop')) job.tell({ event: 'stopping', run: job.runs, reason });
    this.#run?.stop(reason, graceMs);
  }

  /** Settles a job that has no live run: as its last run ended, as ended by a caller, or so. False when the agent ended first. */
  async settleIdle(as: 'last run' | 'ended by a caller' | RunOutcome): Promise<boolean> {
    const { job } = this;
    this.waiting.leave();
    this.#intent.takeBack();
    if (typeof as === 'object') return this.settlement.settle(as);
    const outcome = as === 'last run' ? job.lastRun?.outcome : undefined;
    return this.settlement.settle(outcome ?? outcomeOfIdleKill(job.runs));
  }

  #enter(): void {
    this.waiting.inLine(() => {
      this.#turning = this.#guarded('turn', this.#turn());
      return this.#turning;
    });
  }

  async #fail(outcome: RunOutcome): Promise<void> {
    if (await this.#stored) await this.settlement.settle(outcome);
  }

  /** One turn: from a place in line to the end of a run. Resolving gives the place up; storing what happened doesn't hold it. */
  async #turn(): Promise<void> {
    if (!(await this.#stored) || this.settlement.hasBegun || !this.job.move('admit')) return;
    const begun = Promise.withResolvers<void>();
    this.#begun = begun.promise;
    this.#isConcluding = false;
    const run = await this.#begin().finally(begun.resolve);
    if (run !== undefined) this.#conclude(this.#finished(run, await run.ended));
    // Nobody may take its place in a batch before it is known whether that goes on.
    if (this.job.membership?.stopsOnFailure === true) await this.#concluding;
  }

  /** Starts a run, its intent stored before. Undefined when there is none to wait for. */
  async #begin(): Promise<JobRun | undefined> {
    const { job } = this;
    const mustStandDown = (): boolean => this.#wantedStop !== undefined || this.#parts.isStopping();
    let isRefused = false;
    for (;;) {
      if (!(await this.#intent.store())) return undefined;
      await untilPlaceAnswers(job.place, this.#parts.clock, isRefused, mustStandDown);
      if (mustStandDown()) {
        await this.#standDown();
        return undefined;
      }
      if (!this.#intent.isOfPresentEpoch) continue;
      const run = new JobRun(job, this.#parts);
      this.#run = run;
      const start = await run.start();
      if (start.type !== 'unasked') {
        this.#intent.carryOut();
        return this.#began(run, start);
      }
      this.#run = undefined;
      isRefused = true;
    }
  }

  /** What came of a run that was asked for. Undefined when it did not begin. */
  #began(run: JobRun, start: Exclude<StartAnswer, { type: 'unasked' }>): JobRun | undefined {
    const { job } = this;
    if (start.type === 'started') {
      this.#parts.counts.runsStarted += 1;
      job.move('started');
      job.tell(beganEvent('started', job, run.plan.outputStart), run.plan.outputStart);
      job.hooks.started({ run: job.runs, pid: start.process.pid }, this.#parts.clock);
      this.#parts.handlers.started(job);
      this.#parts.graph.started(job.id);
      return run;
    }
    this.#parts.counts.startsFailed += 1;
    if (start.type === 'failed')
      this.#conclude(this.#concluded(outcomeOfFailedStart(start), unstartedEnd(job), SILENCE));
    else this.#conclude(this.#lost(run, job.place, `Whether the process was started is unknown: ${start.message}`));
    return undefined;
  }

  /** Asked to stop after its run was intended and before it was spawned. */
  async #standDown(): Promise<void> {
    const { job } = this;
    if (!this.#parts.isStopping() || job.final) {
      this.#intent.takeBack();
      await this.settlement.settle(outcomeOfIdleKill(job.runs));
      return;
    }
    await this.#intent.leaveToNext();
    job.move('again');
  }

  /** A run has ended with everything heard. It is forgotten when that is stored: until then another agent may need it. */
  async #finished(run: JobRun, end: RunEnd): Promise<void> {
    const outcome = outcomeOfEnd(end, this.job.command.successCodes);
    const output = await run.outputForRow(end);
    if (await this.#concluded(outcome, end, run.speech(end), output)) run.forget();
  }

  async #lost(run: JobRun, from: Place, message: string): Promise<void> {
    const end = await run.lose(from, message);
    await this.#concluded(outcomeOfEnd(end, []), end, run.speech(end));
  }

  /** A run is over and everything it said was heard: decides what follows, stores it, then tells. False when the agent ended first. */
  async #concluded(outcome: RunOutcome, end: RunEnd, speech: RunSpeech, output?: Uint8Array): Promise<boolean> {
    const { job } = this;
    this.#run = undefined;
    job.outputEnd = end.outputEnd;
    job.outputDropped += end.outputDropped;
    job.lastRun = finishedRun(job.runs, outcome, end, speech);
    job.tell(exitedEvent(job, outcome, end), end.outputEnd);
    job.hooks.exited({ run: job.runs, state: outcome.state });
    const decision = decideRestart(restartFacts(job, outcome, end), this.#parts.random);
    if (decision.type === 'settle') return this.settlement.settle(outcome, output);
    // Who has read up to there must not take what the next run says for what was read.
    job.outputEnd += end.outputUnknown ?? 0;
    job.outputDropped += end.outputUnknown ?? 0;
    job.failures = decision.failures;
    job.dueAt = this.#parts.clock.now() + decision.delayMs;
    const again = { type: 'again', progress: progressOf(job, job.dueAt), output } as const;
    if (!(await persist(this.#parts, 'outcome', () => this.#parts.store.conclude(job.uid, again)))) return false;
    const isKilled = this.#wantedStop === 'killed';
    this.#wantedStop = undefined;
    // Somebody ended the job while its next run was being stored.
    if (job.final) return this.settlement.settle(isKilled ? outcomeOfIdleKill(job.runs) : outcome);
    if (!job.move('again')) this.#parts.counts.ignoredEvents += 1;
    job.tell(restartingEvent(job, decision));
    this.#wait(decision.delayMs);
    return true;
  }

  #wait(delayMs: number): void {
    this.waiting.forTime(delayMs, () => {
      if (this.settlement.hasBegun || !this.job.move('due')) return;
      this.job.dueAt = undefined;
      this.#enter();
    });
  }

  #conclude(concluding: Promise<unknown>): void {
    this.#isConcluding = true;
    this.#concluding = this.#guarded('end', concluding);
  }

  async #guarded(what: string, work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#parts.logger.error({ job: this.job.id, error: errorMessage(error) }, `A job's ${what} failed`);
    }
  }
}
