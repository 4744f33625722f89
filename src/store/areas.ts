import type { Area } from './database/area.ts';
import { jobsArea } from './jobs/jobs-area.ts';
import { resourcesArea } from './resources/resources-area.ts';

/** Everything that has tables in the database. */
export const AREAS: readonly Area[] = [jobsArea, resourcesArea];
