import { setTimeout as delay } from 'node:timers/promises';
import type { JobsApi, PageQuery } from '../client/jobs-api.ts';
import type { JobRow } from '../protocol/job-info.ts';

/** Jobs asked for at once. */
const PAGE = 500;
/** A use of processors is what it is between two looks. */
const BETWEEN_LOOKS_MS = 500;

/** As {@link lookAtJobs}, with what they use of processors at this moment: it looks twice. */
export async function measureJobs(
  jobs: Pick<JobsApi, 'page'>,
  filter: Pick<PageQuery, 'states' | 'queue' | 'tags' | 'command'>,
): Promise<JobRow[]> {
  await lookAtJobs(jobs, filter);
  await delay(BETWEEN_LOOKS_MS);
  return await lookAtJobs(jobs, filter);
}

/**
 * All live jobs that match, with what they use and said last, in order of acceptance. One that ends meanwhile may let
 * another one be missed; none comes twice.
 */
export async function lookAtJobs(
  jobs: Pick<JobsApi, 'page'>,
  filter: Pick<PageQuery, 'states' | 'queue' | 'tags' | 'command'>,
  limit = PAGE,
): Promise<JobRow[]> {
  const found = new Map<string, JobRow>();
  for (let offset = 0; ; offset += limit) {
    const page = await jobs.page({ ...filter, offset, limit });
    for (const row of page.jobs) found.set(row.id, row);
    if (page.jobs.length < limit) return [...found.values()];
  }
}
