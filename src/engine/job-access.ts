/** What built-ins, hooks and embedders may do with jobs and queues. The engine fulfils it. */
import type { Command } from '../protocol/command.ts';
import type { JobInfo, JobOrder, JobPage, QueueInfo } from '../protocol/job-info.ts';
import type { JobResult } from '../protocol/result.ts';
import type { Measurement } from '../protocol/run.ts';
import type { BatchAccess } from './batches/batch-access.ts';
import type { HistoryPage, HistoryQuery } from './job-store.ts';
import type { Caller, Submission } from './submission.ts';
import type { JobView } from './job-view.ts';
import type { QueueChange } from './queues/queue-settings.ts';

/** Which live jobs; everything given must hold. */
export interface JobFilter {
  readonly ids?: readonly string[];
  readonly states?: readonly JobInfo['state'][];
  readonly queue?: string;
  readonly tags?: readonly string[];
  readonly command?: string;
  /** At most this many, beginning behind the job of this id. A job that is gone counts as none. */
  readonly limit?: number;
  readonly after?: string;
}

/** Which page of which jobs, in which order. */
export interface JobPageQuery extends Pick<JobFilter, 'states' | 'queue' | 'tags' | 'command'> {
  /** Only jobs whose id, title, command, queue or one of whose tags has this in it, in letters of either case. */
  readonly match?: string;
  readonly sort: JobOrder;
  readonly descending: boolean;
  /** Jobs before the page, and on it. */
  readonly offset: number;
  readonly limit: number;
}

export interface JobAccess {
  submit(command: Command, caller: Caller): Submission;
  /** Live jobs, in order of acceptance. */
  list(filter?: JobFilter): JobInfo[];
  /** Live jobs as a table shows them. */
  page(query: JobPageQuery): Promise<JobPage>;
  /** A live or settled job. Errors: `unknown-job`. */
  get(id: string): Promise<JobInfo>;
  /** A live or settled job to follow or wait for. Errors: `unknown-job`. */
  view(id: string): Promise<JobView>;
  /** The result of a settled job. Errors: `unknown-job`, `not-ended`. */
  result(id: string): Promise<JobResult>;
  /** Settled jobs, newest first. */
  history(query: HistoryQuery): Promise<HistoryPage>;
  /**
   * Ends a job for good: no restart, no recurrence. Without a signal its run is stopped (TERM, grace,
   * KILL); a job without a live run settles as cancelled or killed. With a signal other than TERM or
   * KILL only that signal is sent and the job's policies stay. Resolves once it is stored.
   * Errors: `unknown-job`; `not-running`, `not-able` for a signal that nobody can take.
   */
  kill(id: string, signal?: NodeJS.Signals): Promise<void>;
  /** Kills every live job that matches and is not protected; resolves to their ids. */
  killAll(filter?: JobFilter): Promise<string[]>;
  /** Settles a job that has no live run. Errors: `unknown-job`, `running`. */
  cancel(id: string): Promise<void>;
  /** The job ends after its present run; a waiting one ends at once. Errors: `unknown-job`. */
  unschedule(id: string): Promise<void>;
  /**
   * Gives a job standard input; see Launcher.writeStdin. Resolves to the offset up to which bytes were
   * taken so far. A job that is in line or starting is waited for. Errors: `unknown-job`, `not-running` for one
   * between its runs or whose input is closed, `not-able`.
   */
  writeStdin(id: string, offset: number, bytes: Uint8Array): Promise<number>;
  /**
   * Gives standard input behind what was taken from whomever, one such write at a time: several may write at once
   * and none loses a byte to another. Resolves to where the bytes begin and up to where they were taken; what was
   * not must be given again. No bytes only ask for the offset. Errors: as {@link writeStdin}.
   */
  appendStdin(id: string, bytes: Uint8Array): Promise<{ readonly from: number; readonly taken: number }>;
  /** Ends standard input once everything before `offset` was written; without one, after what was taken. Errors: as {@link writeStdin}. */
  closeStdin(id: string, offset?: number): Promise<void>;
  /** Sets the size of a job's terminal. Errors: `unknown-job`, `not-running`, `not-able` for a kind without one. */
  resize(id: string, columns: number, rows: number): Promise<void>;
  /** Changes the place of a queued job in its queue. Errors: `unknown-job`. */
  setPriority(id: string, priority: number): Promise<void>;
  readonly batches: BatchAccess;
  /** What a live job's processes use. Errors: `unknown-job`. */
  measure(id: string): Promise<Measurement | undefined>;
}

export interface QueueAccess {
  list(): QueueInfo[];
  /** Sets what is given; makes the queue when it doesn't exist. Resolves once it is stored: the next agent has it so, too. */
  set(name: string, settings: QueueChange): Promise<QueueInfo>;
  /** Nothing more starts from it; what runs goes on. Errors: `unknown-queue`. */
  pause(name: string): QueueInfo;
  resume(name: string): QueueInfo;
}
