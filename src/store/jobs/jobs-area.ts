import type { DatabaseSync } from 'node:sqlite';
import type { Area } from '../database/area.ts';
import { prepareGraph } from './graph-statements.ts';
import { prepareHistory } from './history.ts';
import { prepareJobReads } from './job-reads.ts';
import { prepareJobWrites } from './job-writes.ts';
import { prepareKeptQueues } from './kept-queues.ts';
import { prepareRetention } from './retention-statements.ts';

/** The jobs' operations: see the files they come from. */
export const jobsArea = {
  name: 'jobs',
  prepare: (database: DatabaseSync) => {
    const retention = prepareRetention(database);
    const graph = prepareGraph(database);
    const queues = prepareKeptQueues(database);
    return {
      reads: {
        ...prepareJobReads(database, graph.unfinished),
        ...prepareHistory(database),
        ...retention.reads,
        ...graph.reads,
        ...queues.reads,
      },
      writes: {
        ...prepareJobWrites(database, retention.remove, graph),
        ...retention.writes,
        ...graph.writes,
        ...queues.writes,
      },
    };
  },
} satisfies Area;

export type JobsOperations = ReturnType<typeof jobsArea.prepare>;
