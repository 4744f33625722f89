import { Batches } from './batches/batches.ts';
import type { EngineCounts } from './engine-counts.ts';
import type { EngineParts } from './engine-parts.ts';
import { JobGraph } from './graph/job-graph.ts';
import type { WatcherGuard } from './guard.ts';
import type { Handlers } from './handlers.ts';
import { killJob } from './job-control.ts';
import type { JobTable } from './job-table.ts';
import { NoteWriter } from './note-writer.ts';
import type { JobQueues } from './queues/job-queues.ts';
import { UseSampler } from './use-sampler.ts';

export type EnginePhase = 'new' | 'running' | 'stopping' | 'closed';

/** What the engine has made by then. */
interface Made {
  readonly jobs: JobTable;
  readonly queues: JobQueues;
  readonly handlers: Handlers;
  readonly guard: WatcherGuard;
  readonly counts: EngineCounts;
  readonly phase: () => EnginePhase;
}

/** What the parts of the engine share. */
export function makeEngineParts(
  options: Pick<EngineParts, 'clock' | 'random' | 'store' | 'archive' | 'logger' | 'defaults'>,
  { jobs, queues, handlers, guard, counts, phase }: Made,
): EngineParts {
  const { clock, random, store, archive, logger, defaults } = options;
  const parts: EngineParts = {
    clock,
    random,
    store,
    archive,
    notes: new NoteWriter(store, clock),
    queues,
    graph: new JobGraph(jobs, store, logger),
    batches: new Batches({
      queues,
      logger,
      kill: async (id) => {
        const runner = jobs.get(id);
        if (runner !== undefined) await killJob(runner, parts, 'SIGTERM');
      },
    }),
    handlers,
    guard,
    sampler: new UseSampler(clock, handlers),
    logger,
    counts,
    defaults,
    removeJob: (job) => {
      jobs.remove(job);
    },
    isStopping: () => phase() === 'stopping' || phase() === 'closed',
    isClosed: () => phase() === 'closed',
  };
  return parts;
}
