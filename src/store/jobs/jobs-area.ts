import type { DatabaseSync } from 'node:sqlite';
import type { Area } from '../database/area.ts';
import { prepareHistory } from './history.ts';
import { prepareJobReads } from './job-reads.ts';
import { prepareJobWrites } from './job-writes.ts';
import { prepareRetention } from './retention-statements.ts';

/** The jobs' operations: see the files they come from. */
export const jobsArea = {
  name: 'jobs',
  prepare: (database: DatabaseSync) => {
    const retention = prepareRetention(database);
    return {
      reads: { ...prepareJobReads(database), ...prepareHistory(database), ...retention.reads },
      writes: { ...prepareJobWrites(database, retention.remove), ...retention.writes },
    };
  },
} satisfies Area;

export type JobsOperations = ReturnType<typeof jobsArea.prepare>;
