import type { JobInfo } from '../protocol/job-info.ts';
import type { JobResult } from '../protocol/result.ts';
import { errorMessage } from '../protocol/agent-error.ts';
import { ERROR_CODES, isErrorName } from '../protocol/error-codes.ts';
import { describeEnd, openJob } from './entry-job.ts';
import type { EntryJob, JobObserver } from './entry-job.ts';
import type { EntryLife, LifePorts, RunnableEntry, StartupPast } from './entry-life.ts';
import { endLeftJob, findLeftJob, strangeJob } from './left-job.ts';
import { awaited, watchRun } from './running-watch.ts';
import type { RunningWatch } from './running-watch.ts';
import type { Standing } from './standing.ts';
import type { StartupEntry } from './startup-entry.ts';

/** How soon a job that was refused for now is asked for again, milliseconds. */
const ASK_AGAIN_MS = 5000;

/** An entry that runs with the agent: once, again and again, or for good. */
export class ServiceLife implements EntryLife, JobObserver {
  readonly standing: Standing;
  readonly #ports: LifePorts;
  readonly #plan: RunnableEntry;
  #entry: StartupEntry;
  #job: EntryJob | undefined;
  #watch: RunningWatch | undefined;
  /** The run whose beginning was told last. */
  #run = 0;
  #isTried = false;
  #wasKilled = false;
  #last: JobResult | undefined;
  #askAgain: Disposable | undefined;
  /** What was asked of it is done one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(plan: RunnableEntry, standing: Standing, ports: LifePorts) {
    this.#plan = plan;
    this.#entry = plan.entry;
    this.standing = standing;
    this.#ports = ports;
  }

  get entry(): StartupEntry {
    return this.#entry;
  }

  get isTried(): boolean {
    return this.#isTried;
  }

  get wasKilled(): boolean {
    return this.#wasKilled;
  }

  get last(): JobResult | undefined {
    return this.#last;
  }

  get listens(): boolean {
    const { state } = this.standing;
    return this.#entry.running.type === 'says' && (state === 'starting' || state === 'restarting');
  }

  takeOver(past: StartupPast): Promise<void> {
    return this.#inTurn(async () => {
      const { id, protected: isProtected } = this.#entry;
      const left = await findLeftJob(this.#ports.jobs, { id, isProtected }, past);
      if (left.type === 'strange') this.#fail(strangeJob(id));
      else if (left.type === 'done' && (await this.#open(false))) await this.#job?.over;
      else if (left.type === 'live') await this.#adopt(left.info);
    });
  }

  start(): void {
    this.#isTried = false;
    this.#wasKilled = false;
    this.standing.to('starting', 'its job is asked for');
    void this.#inTurn(async () => {
      if (this.standing.state === 'starting') await this.#open(true);
    });
  }

  stop(why: string): Promise<void> {
    this.#askAgain?.[Symbol.dispose]();
    return this.#inTurn(async () => {
      if (this.#job !== undefined && !this.#job.isOver) {
        this.standing.to('stopping', why);
        await this.#job.kill();
      }
      this.#forgetJob();
      this.standing.to('stopped', why);
    });
  }

  adjust(entry: StartupEntry): void {
    this.#entry = entry;
  }

  close(): void {
    this.#askAgain?.[Symbol.dispose]();
    this.#forgetJob();
  }

  began(run: number, found?: { readonly startedAt: number; readonly said: number }): void {
    if (run === this.#run || this.standing.state === 'stopping') return;
    this.#run = run;
    this.#unwatch();
    const { running, id } = this.#entry;
    const { clock, jobs } = this.#ports;
    const past = found === undefined ? {} : { past: { view: () => jobs.view(id), end: found.said } };
    this.standing.to('starting', awaited(running));
    const watch = watchRun(running, { run, startedAt: found?.startedAt ?? clock.now(), ...past }, this.#ports, {
      up: () => {
        this.#unwatch();
        this.#up(undefined);
      },
      late: (why) => {
        this.#isTried = true;
        this.#ports.logger.warn({ entry: id, why }, 'An entry of the startup takes too long');
        this.standing.to('starting', why);
        this.standing.tell();
      },
    });
    // It may have been told at once.
    if (this.standing.state === 'starting') this.#watch = watch;
  }

  said(run: number, text: string): void {
    // What a run says first may be heard before its beginning.
    if (run > this.#run) this.began(run);
    if (run === this.#run) this.#watch?.said(text);
  }

  ran(run: number, succeeded: boolean): void {
    this.#run = run;
    this.#unwatch();
    if (this.standing.state === 'stopping') return;
    const { maxRestart, recurringPeriodMs } = this.#plan.command;
    const goesOn = this.#entry.protected || recurringPeriodMs !== undefined;
    if (succeeded) {
      if (goesOn) this.#up('its last run ended well');
      return;
    }
    this.#isTried = true;
    if (goesOn || maxRestart > 0) {
      this.standing.to('restarting', `run ${run} ended badly`);
      this.standing.tell();
    }
  }

  ended(result: JobResult): void {
    this.#unwatch();
    this.#last = result;
    if (this.standing.state === 'stopping' || result.error?.code === 'shutting-down') return;
    this.#isTried = true;
    if (result.state === 'SUCCESS') this.standing.to('done');
    else if (result.reason === 'killed' || result.reason === 'cancelled') {
      this.#wasKilled = true;
      this.standing.to('stopped', 'a caller ended its job');
    } else this.#fail(describeEnd(result));
  }

  #up(why: string | undefined): void {
    if (this.standing.state === 'stopping') return;
    this.#isTried = true;
    this.standing.to('running', why);
  }

  #fail(why: string): void {
    this.#isTried = true;
    this.#ports.logger.warn({ entry: this.#entry.id, why }, 'An entry of the startup failed');
    this.standing.to('failed', why);
  }

  /** Goes on with a job that is live, when it is the one that is wanted. */
  async #adopt(info: JobInfo): Promise<void> {
    const { id } = this.#entry;
    const isRecurring = this.#plan.command.recurringPeriodMs !== undefined;
    this.standing.to('starting', 'its job was there');
    if (!(await this.#open(false))) {
      this.standing.to('stopping', 'what it runs was changed');
      await endLeftJob(this.#ports.jobs, id);
      this.standing.to('waiting');
      return;
    }
    if (info.state !== 'waiting' || this.standing.why !== 'its job was there') return;
    if (isRecurring) this.#up('it is between two runs');
    else this.standing.to('restarting', 'it is between two runs');
  }

  /** Asks for the job. False when one of other content has its id, and nothing was changed. */
  async #open(replaces: boolean): Promise<boolean> {
    this.#forgetJob();
    const { command, entry } = this.#plan;
    const order = { command, protected: entry.protected, replaces };
    const opened = await openJob(this.#ports.jobs, order, this);
    if (opened.type === 'open') {
      this.#job = opened.job;
      return true;
    }
    const { code, message } = opened;
    if (code === 'duplicate-id' && !replaces) return false;
    if (code === 'duplicate-id') this.#fail(strangeJob(entry.id));
    else if (isErrorName(code) && ERROR_CODES[code].retryable) this.#askLater(message);
    else this.#fail(message);
    return true;
  }

  #askLater(why: string): void {
    this.#isTried = true;
    this.standing.to('restarting', why);
    this.#askAgain = this.#ports.clock.after(ASK_AGAIN_MS, () => {
      if (this.standing.state === 'restarting') this.start();
    });
  }

  #forgetJob(): void {
    this.#unwatch();
    this.#job?.[Symbol.dispose]();
    this.#job = undefined;
    this.#run = 0;
  }

  #unwatch(): void {
    this.#watch?.[Symbol.dispose]();
    this.#watch = undefined;
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(act);
    this.#turn = turn.catch((error: unknown) => {
      this.#fail(errorMessage(error));
    });
    return turn;
  }
}
