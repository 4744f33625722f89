/** What the iterators of a job hand out. Positions are those of the job's output log. */
import type { JobEvent, Message } from '../protocol/frames.ts';
import type { OutputStream } from '../protocol/output.ts';
import type { CgroupUse } from '../protocol/use.ts';

/** One line or block a job said. */
export interface JobMessage extends Readonly<Message> {
  readonly type: 'message';
  readonly run: number;
}

/** Bytes one stream wrote. `position` is that of the first one. */
export interface JobBytes {
  readonly type: 'bytes';
  readonly stream: OutputStream;
  readonly position: number;
  readonly bytes: Buffer;
}

/** Output from `from` (included) to `to` (excluded) was dropped by a limit of the agent and is gone. */
export interface JobGap {
  readonly type: 'gap';
  readonly from: number;
  readonly to: number;
}

/** Something happened to the job. */
export interface JobHappening {
  readonly type: 'event';
  readonly event: JobEvent;
}

/** What the job's processes use. `cpu` is percent of one core, memory is bytes, `time` is milliseconds since 1970. */
export interface JobStats {
  readonly type: 'stats';
  readonly cpu: number;
  readonly rss: number;
  readonly vms: number;
  readonly swap: number;
  /** How many processes these are; missing when unknown. */
  readonly processes?: number;
  /** What the kernel counts for the run's control group, when it has one of its own. */
  readonly cgroup?: CgroupUse;
  readonly time: number;
}

export type MessageItem = JobMessage | JobGap | JobHappening | JobStats;
export type OutputItem = JobBytes | JobGap | JobHappening | JobStats;
export type JobItem = MessageItem | OutputItem;
