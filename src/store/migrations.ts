import type { Migration } from './database/migrate.ts';
import { CREATE_JOBS } from './migrations/0001-jobs.ts';
import { CREATE_RUN_NOTES } from './migrations/0002-run-notes.ts';
import { CREATE_GRAPH } from './migrations/0003-graph.ts';
import { CREATE_RESOURCES } from './migrations/0004-resources.ts';

/** Every change the tables ever went through, oldest first. Steps are added, never edited. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'jobs', sql: CREATE_JOBS },
  { version: 2, name: 'run-notes', sql: CREATE_RUN_NOTES },
  { version: 3, name: 'graph', sql: CREATE_GRAPH },
  { version: 4, name: 'resources', sql: CREATE_RESOURCES },
];
