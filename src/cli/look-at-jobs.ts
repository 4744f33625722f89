import type { JobsApi, PageQuery } from '../client/jobs-api.ts';
import type { JobRow } from '../protocol/job-info.ts';

/** Jobs asked for at once. */
const PAGE = 500;

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
