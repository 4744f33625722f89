import type { Clock } from '../base/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Batches } from './batches/batches.ts';
import type { JobGraph } from './graph/job-graph.ts';
import type { Handlers } from './handlers.ts';
import type { WatcherGuard } from './guard.ts';
import type { JobStore } from './job-store.ts';
import type { NoteWriter } from './note-writer.ts';
import type { Job, JobDefaults } from './job.ts';
import type { OutputArchive } from './output-archive.ts';
import type { JobQueues } from './queues/job-queues.ts';
import type { EngineCounts } from './engine-counts.ts';
import type { UseSampler } from './use-sampler.ts';

/** What the parts of the engine share. Made once by the engine, handed down, never global. */
export interface EngineParts {
  readonly clock: Clock;
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number;
  readonly store: JobStore;
  readonly archive: OutputArchive;
  readonly notes: NoteWriter;
  readonly queues: JobQueues;
  readonly graph: JobGraph;
  readonly batches: Batches;
  readonly handlers: Handlers;
  readonly guard: WatcherGuard;
  readonly sampler: UseSampler;
  readonly logger: Logger;
  readonly counts: EngineCounts;
  readonly defaults: JobDefaults;
  /** A job has settled: it is in the store only from now on. */
  removeJob(job: Job): void;
  /** Whether the agent is stopping: nothing new may start. */
  isStopping(): boolean;
  /** Whether the agent has given up waiting: writes that fail now are not tried again. */
  isClosed(): boolean;
}
