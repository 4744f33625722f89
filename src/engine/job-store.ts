/**
 * What the engine needs of a store, so that "at most once" is true.
 *
 * Every write resolves when it is durable as configured, and rejects with AgentError
 * `store-unavailable` when it is not: then nothing of it may be relied on. Writes of one job are
 * carried out in the order they were asked.
 */
import type { JobInfo, QueueInfo } from '../protocol/job-info.ts';
import type { Fate, MemberRow, Membership } from './batches/membership.ts';
import type { JobProgressFacts } from './graph/judge.ts';
import type { State, Reason } from '../protocol/reasons.ts';

/** A run that is about to be started, and the life of the place it will be in. */
export interface Intent {
  readonly run: number;
  readonly place: string;
  readonly epoch: string;
}

/** A command on its way to become a job. */
export interface Acceptance {
  readonly uid: string;
  readonly id: string;
  readonly hash: string;
  /** The command as wire JSON. */
  readonly command: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly queue: string | undefined;
  readonly priority: number;
  /** Wall clock, milliseconds. */
  readonly acceptedAt: number;
  readonly protected: boolean;
  readonly raw: boolean;
  /** What it does, in a line for people. */
  readonly title: string | undefined;
  /** Set when the first run starts at once, in the same write. */
  readonly intent: Intent | undefined;
  readonly membership?: Membership;
  /** Which of its dependencies, by their place in its command, have come as far as they have to. */
  readonly met?: readonly number[];
  /** A settled job of this id is removed, in the same write, instead of being answered. */
  readonly replaces?: boolean;
}

export type Accepted =
  | { readonly type: 'accepted' }
  /** A finished job has this id already. Nothing was written. */
  | { readonly type: 'exists'; readonly job: FinishedJob };

/** What is kept of a job between its runs, beside what was accepted. */
export interface JobProgress {
  /** Failures in a row, for the restart policy. */
  readonly failures: number;
  /** When the next run is due, wall clock milliseconds; undefined: at once, or when its queue says. */
  readonly dueAt: number | undefined;
  /** Position after the last byte of all finished runs, and how many of them were dropped. */
  readonly outputEnd: number;
  readonly outputDropped: number;
  /** The job ends after its present run, whatever its policies say. */
  readonly final: boolean;
  /** What the last finished run said and how it ended, as JSON; opaque to the store. A job settled between runs reports it. */
  readonly lastRun: string | undefined;
}

/** A job that had no outcome when the store was last written. */
export interface UnfinishedJob extends Acceptance, JobProgress {
  /** The run that was intended last and has no outcome yet. */
  readonly intent: Intent | undefined;
  /** Runs that were intended so far, the present one included. */
  readonly runs: number;
  /** The last {@link JobStore.note} of the run that was intended. */
  readonly note: string | undefined;
}

/** A settled job. */
export interface FinishedJob {
  readonly uid: string;
  readonly id: string;
  readonly hash: string;
  /** The JobResult as JSON, verbatim as it was first sent, without `ref`. */
  readonly result: string;
  readonly outputEnd: number;
  /** Its command asked for bytes only. */
  readonly raw: boolean;
}

/** What is kept of a settling job beside its own rows. */
export interface Links {
  /** It waited for others: what is known of those goes. */
  readonly hasMet: boolean;
  /** Its id, if it is a batch: what is kept of its jobs goes. */
  readonly batch: string | undefined;
  /** It is a job of a batch: how it ended is kept for that. */
  readonly member: { readonly batch: string; readonly id: string; readonly fate: Fate } | undefined;
}

/** What one run's end means for its job. `output`: encoded items of the runs whose bytes are in no file, to be appended to the job's row. */
export type Outcome = { readonly output: Uint8Array | undefined } & (
  | {
      readonly type: 'settled';
      readonly result: string;
      readonly state: State;
      readonly code: number;
      readonly reason: Reason;
      readonly runs: number;
      readonly startedAt: number | undefined;
      readonly endedAt: number;
      readonly expiresAt: number;
      readonly outputEnd: number;
      /** What else is kept of the job, which goes or changes with it. Missing for most. */
      readonly links?: Links;
    }
  | { readonly type: 'again'; readonly progress: JobProgress }
);

/** A change to a live job that must survive the agent. */
export interface JobChange {
  /** The job is no longer recurring, restarting or protected. */
  readonly final?: true;
  readonly priority?: number;
  readonly dueAt?: number;
}

/** What to look for in the history, newest first. */
export interface HistoryQuery {
  /** At most this many, 1 to 1000. */
  readonly limit: number;
  /** Continue after the page that ended with this cursor. */
  readonly cursor?: string;
  readonly command?: string;
  readonly queue?: string;
  readonly tags?: readonly string[];
  readonly states?: readonly State[];
  readonly reasons?: readonly Reason[];
  /** Ended at or after, before; wall clock milliseconds. */
  readonly since?: number;
  readonly until?: number;
}

export interface HistoryPage {
  readonly jobs: readonly JobInfo[];
  /** Present when there is more. */
  readonly cursor?: string;
}

/** What callers set of a queue. */
export type KeptQueue = Pick<QueueInfo, 'name' | 'width' | 'limit' | 'rate' | 'burst'>;

export interface JobStore {
  /** Opens, and tells how often it was opened (this time included) and what is unfinished, in order of acceptance. */
  open(): Promise<{
    readonly generation: number;
    readonly unfinished: readonly UnfinishedJob[];
    readonly queues: readonly KeptQueue[];
  }>;
  accept(acceptance: Acceptance): Promise<Accepted>;
  intend(uid: string, intent: Intent): Promise<void>;
  /**
   * Keeps what a live run's next agent would want to know, in place of what was kept before; opaque to the store. It
   * goes with the run's outcome. Of a run that is not the one intended last nothing is kept.
   */
  note(uid: string, run: number, note: string): Promise<void>;
  conclude(uid: string, outcome: Outcome): Promise<void>;
  change(uid: string, change: JobChange): Promise<void>;
  /** A settled job by id; undefined when there is none. */
  find(id: string): Promise<FinishedJob | undefined>;
  /** What `job.get` tells of a settled job. */
  info(id: string): Promise<JobInfo | undefined>;
  history(query: HistoryQuery): Promise<HistoryPage>;
  /** How settled jobs ended, in the order asked; undefined for those that are live or not there. */
  endings(ids: readonly string[]): Promise<readonly (JobProgressFacts | undefined)[]>;
  /** A dependency of a live job came as far as it had to. For a job that is not live nothing is kept. */
  meet(uid: string, dependency: number): Promise<void>;
  /** What is kept of a batch's jobs. */
  members(batch: string): Promise<readonly MemberRow[]>;
  /** Counts a job as one of a batch that existed before it; the row of id `''` says that the batch is to end. */
  enrol(batch: string, id: string): Promise<void>;
  /** Keeps what callers set of a queue, in place of what was kept of it before. */
  keepQueue(queue: KeptQueue): Promise<void>;
}
