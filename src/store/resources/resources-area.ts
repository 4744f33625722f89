import type { DatabaseSync } from 'node:sqlite';
import type { Area } from '../database/area.ts';
import { prepareResourceReads } from './resource-reads.ts';
import { prepareResourceWrites } from './resource-writes.ts';
import { prepareSealing } from './sealing.ts';

/** The resources' operations: see the files they come from. */
export const resourcesArea = {
  name: 'resources',
  prepare: (database: DatabaseSync) => {
    const sealing = prepareSealing(database);
    return {
      reads: { ...prepareResourceReads(database), ...sealing.reads },
      writes: { ...prepareResourceWrites(database), ...sealing.writes },
    };
  },
} satisfies Area;

export type ResourcesOperations = ReturnType<typeof resourcesArea.prepare>;
