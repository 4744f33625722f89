import type { JobResult } from '../protocol/result.ts';
import { errorMessage } from '../protocol/agent-error.ts';
import { describeEnd, findJob, openJob } from './entry-job.ts';
import type { EntryJob, JobObserver } from './entry-job.ts';
import type { EntryLife, LifePorts, RunnableEntry, StartupPast } from './entry-life.ts';
import { endLeftJob, findLeftJob } from './left-job.ts';
import { nextDue } from './schedule.ts';
import type { Standing } from './standing.ts';
import type { CronSchedule, StartupEntry } from './startup-entry.ts';

/** The wall clock may be set: what is due is looked up again at least this often, milliseconds. */
const LOOK_AGAIN_MS = 30_000;

/** An entry that runs at times of the calendar, never twice at once. It is up as soon as it waits for its time. */
export class ScheduledLife implements EntryLife, JobObserver {
  readonly standing: Standing;
  readonly listens = false;
  readonly wasKilled = false;
  readonly #ports: LifePorts;
  readonly #plan: RunnableEntry;
  readonly #schedule: CronSchedule;
  #entry: StartupEntry;
  #job: EntryJob | undefined;
  #timer: Disposable | undefined;
  #next: number | undefined;
  #missed = 0;
  #last: JobResult | undefined;
  /** A run that no agent was there for is to be made up for. */
  #isOwing = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    plan: RunnableEntry & { readonly entry: { readonly cron: CronSchedule } },
    standing: Standing,
    ports: LifePorts,
  ) {
    this.#plan = plan;
    this.#entry = plan.entry;
    this.#schedule = plan.entry.cron;
    this.standing = standing;
    this.#ports = ports;
  }

  get entry(): StartupEntry {
    return this.#entry;
  }

  get isTried(): boolean {
    return this.standing.state !== 'waiting';
  }

  get next(): number | undefined {
    return this.#next;
  }

  get missed(): number {
    return this.#missed;
  }

  get last(): JobResult | undefined {
    return this.#last;
  }

  takeOver(past: StartupPast): Promise<void> {
    return this.#inTurn(async () => {
      const { jobs, clock } = this.#ports;
      const { id, protected: isProtected } = this.#entry;
      const before = await findJob(jobs, id);
      const left = await findLeftJob(jobs, { id, isProtected }, past);
      if (left.type === 'live' && !(await this.#open(false))) await endLeftJob(jobs, id);
      if (before === undefined || left.type === 'live' || !this.#schedule.catchUp) return;
      const due = nextDue(this.#schedule, before.accepted);
      this.#isOwing = due !== undefined && due <= clock.now();
    });
  }

  /** Waits for its times; one that does already runs now. */
  start(): void {
    const isArmed = this.standing.state === 'scheduled';
    this.standing.to('scheduled');
    if (isArmed || this.#isOwing) this.#due();
    this.#isOwing = false;
    this.#arm();
  }

  stop(why: string): Promise<void> {
    this.#disarm();
    return this.#inTurn(async () => {
      this.#disarm();
      if (this.#job !== undefined && !this.#job.isOver) {
        this.standing.to('stopping', why);
        await this.#job.kill();
      }
      this.#job?.[Symbol.dispose]();
      this.#job = undefined;
      this.standing.to('stopped', why);
    });
  }

  adjust(entry: StartupEntry): void {
    this.#entry = entry;
  }

  close(): void {
    this.#disarm();
    this.#job?.[Symbol.dispose]();
  }

  began(): void {
    this.#tell('a run of it is going on');
  }

  said(): void {
    // Nothing is waited for.
  }

  ran(): void {
    this.#tell(undefined);
  }

  ended(result: JobResult): void {
    this.#last = result;
    if (result.state === 'SUCCESS' || result.error?.code === 'shutting-down') this.#tell(undefined);
    else this.#trouble(`its last run failed: ${describeEnd(result)}`);
  }

  #arm(): void {
    this.#disarm();
    const now = this.#ports.clock.now();
    const next = nextDue(this.#schedule, now);
    this.#next = next;
    if (next === undefined) {
      this.#tell('it is never due again');
      return;
    }
    this.#timer = this.#ports.clock.after(Math.min(next - now, LOOK_AGAIN_MS), () => {
      if (this.#ports.clock.now() >= next) this.#due();
      this.#arm();
    });
  }

  #disarm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#next = undefined;
  }

  #due(): void {
    if (this.#job !== undefined && !this.#job.isOver) {
      this.#missed += 1;
      this.#trouble('it was due while its run before was still going on');
      return;
    }
    void this.#inTurn(async () => {
      if (this.standing.state === 'scheduled') await this.#open(true);
    });
  }

  /** False when a job of other content has its id, and nothing was changed. */
  async #open(replaces: boolean): Promise<boolean> {
    this.#job?.[Symbol.dispose]();
    const { command, entry } = this.#plan;
    const opened = await openJob(this.#ports.jobs, { command, protected: entry.protected, replaces }, this);
    if (opened.type === 'open') {
      this.#job = opened.job;
      return true;
    }
    if (opened.code === 'duplicate-id' && !replaces) return false;
    this.#missed += 1;
    this.#trouble(`its run was refused: ${opened.message}`);
    return true;
  }

  #trouble(why: string): void {
    this.#tell(why);
    this.#ports.logger.warn({ entry: this.#entry.id, why }, 'A scheduled entry of the startup is in trouble');
  }

  #tell(why: string | undefined): void {
    if (this.standing.state === 'scheduled') this.standing.to('scheduled', why);
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(act);
    this.#turn = turn.catch((error: unknown) => {
      this.#trouble(errorMessage(error));
    });
    return turn;
  }
}
