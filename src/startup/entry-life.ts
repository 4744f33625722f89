import type { Clock } from '../base/clock.ts';
import type { JobResult } from '../protocol/result.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { StartupJobs } from './entry-job.ts';
import type { WatchPorts } from './running-watch.ts';
import type { PreparedEntry } from './prepare-entry.ts';
import type { Standing } from './standing.ts';
import type { StartupEntry } from './startup-entry.ts';

/** What entries have of the agent. */
export interface LifePorts extends WatchPorts {
  readonly jobs: StartupJobs;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is known of the agents before this one. */
export interface StartupPast {
  /** Since when this life of the machine is looked after, wall clock milliseconds: what ended well since then is done. */
  readonly since: number;
  /** Nothing of it was there before: what waited for its next run is started anew, in order. */
  readonly isNew: boolean;
}

/** One entry, from when it is wanted until it isn't. */
export interface EntryLife {
  readonly entry: StartupEntry;
  readonly standing: Standing;
  /** It is up, or has failed once: milestones don't wait for it. */
  readonly isTried: boolean;
  /** A caller ended its job; the next reload makes it wanted again. */
  readonly wasKilled: boolean;
  readonly last: JobResult | undefined;
  /** When it is due, wall clock milliseconds, and how often it was while it still ran; only of scheduled ones. */
  readonly next?: number | undefined;
  readonly missed?: number;
  /** Takes over what another agent left of it, or ends that when it isn't wanted so any more. Before anything is started. */
  takeOver(past: StartupPast): Promise<void>;
  /** What it comes after is there. */
  start(): void;
  /** Resolves when its job has ended. `why` is shown. */
  stop(why: string): Promise<void>;
  /** The entry was changed in what doesn't concern its job. */
  adjust(entry: StartupEntry): void;
  /** Nothing more happens; its job is left as it is. */
  close(): void;
}

/** An entry as it can be run. */
export type RunnableEntry = Extract<PreparedEntry, { type: 'ready' }>;
