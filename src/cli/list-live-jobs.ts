import type { Client } from '../client/client.ts';
import type { JobFilter } from '../client/jobs-api.ts';
import type { JobInfo } from '../protocol/job-info.ts';

/** Jobs asked for at once, and the most an agent takes. */
const PAGE = 1000;
const LARGEST_PAGE = 10_000;

/**
 * All live jobs that match, page by page. When the last job of a page ends meanwhile, the next page begins anew: what
 * came before is taken once, and the page is made large enough to reach beyond it.
 */
export async function listLiveJobs(client: Pick<Client, 'call'>, filter: JobFilter, page = PAGE): Promise<JobInfo[]> {
  const jobs = new Map<string, JobInfo>();
  let limit = page;
  for (;;) {
    const after = [...jobs.keys()].at(-1);
    const args = { ...filter, limit, ...(after === undefined ? {} : { after }) };
    const more = (await client.call('job.list', args, { idempotent: true })) as JobInfo[];
    const known = jobs.size;
    for (const job of more) if (!jobs.has(job.id)) jobs.set(job.id, job);
    if (more.length < limit || (jobs.size === known && limit === LARGEST_PAGE)) return [...jobs.values()];
    limit = jobs.size === known ? Math.min(LARGEST_PAGE, jobs.size + page) : page;
  }
}
