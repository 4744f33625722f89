import type { EngineParts } from '../engine-parts.ts';
import type { Intake } from '../intake.ts';
import type { JobView } from '../job-view.ts';
import { BatchService } from './batch-service.ts';

/** What it needs of who has all jobs. */
interface Jobs {
  kill(id: string): Promise<void>;
  view(id: string): Promise<JobView>;
}

/** The service of an engine, whose own callers batches are. */
export function makeBatchService(parts: EngineParts, intake: Intake, jobs: Jobs): BatchService {
  const { batches, clock, graph, store } = parts;
  return new BatchService({
    batches,
    clock,
    graph,
    store,
    isStopping: () => parts.isStopping(),
    submit: (command, options) => intake.submit(command, { name: 'batch' }, options),
    kill: (id) => jobs.kill(id),
    resultOf: async (id) => (await jobs.view(id)).result,
    checkMember: (command) => {
      intake.checkMember(command);
    },
    room: () => intake.room,
  });
}
