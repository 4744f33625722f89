/** Live jobs as a table shows them: filtered, sorted, a page at a time, with what they use and said last. */
import type { JobInfo, JobOrder, JobPage, JobRow } from '../protocol/job-info.ts';
import type { Measurement } from '../protocol/run.ts';
import type { JobPageQuery } from './job-access.ts';
import type { JobTable } from './job-table.ts';
import type { Job } from './job.ts';
import { isMeasurable } from './process.ts';
import { lastLine } from './streams/last-line.ts';

type Uses = ReadonlyMap<Job, Measurement>;

/** The page. Only what is on it is looked at closely, unless the order itself asks for what all of them use. */
export async function pageJobs(table: JobTable, query: JobPageQuery): Promise<JobPage> {
  const { match, sort, descending, offset, limit, ...filter } = query;
  const words = match?.toLowerCase() ?? '';
  const jobs = table
    .select(filter)
    .map((runner) => runner.job)
    .filter((job) => words === '' || says(job, words));
  const isByUse = sort === 'cpu' || sort === 'rss';
  const usesOfAll: Uses = isByUse ? await measure(jobs) : new Map();
  const sorted = inOrder(jobs, (job) => keyOf(job, sort, usesOfAll), descending);
  const shown = sorted.slice(offset, offset + limit);
  const uses = isByUse ? usesOfAll : await measure(shown);
  return {
    live: table.size,
    total: jobs.length,
    by_state: countByState(jobs),
    jobs: await Promise.all(shown.map((job) => rowOf(job, uses))),
  };
}

function says({ id, command, preparation }: Job, words: string): boolean {
  const texts = [id, preparation.title ?? '', command.name, command.queue ?? '', ...command.tags];
  return texts.some((text) => text.toLowerCase().includes(words));
}

/** Jobs with the same key stay in order of acceptance, whichever way is up; those without one come last. */
function inOrder(jobs: readonly Job[], key: (job: Job) => number | string | undefined, isDescending: boolean): Job[] {
  const sign = isDescending ? -1 : 1;
  return jobs
    .map((job) => ({ job, value: key(job) }))
    .sort((a, b) => {
      if (a.value === b.value) return 0;
      if (a.value === undefined) return 1;
      if (b.value === undefined) return -1;
      return a.value < b.value ? -sign : sign;
    })
    .map(({ job }) => job);
}

function keyOf(job: Job, sort: JobOrder, uses: Uses): number | string | undefined {
  switch (sort) {
    case 'accepted':
      return job.acceptedAt;
    case 'id':
      return job.id;
    case 'state':
      return job.state;
    case 'started':
      return job.process === undefined ? undefined : job.startedAt;
    case 'runs':
      return job.runs;
    case 'queue':
      return job.command.queue;
    case 'priority':
      return job.priority;
    case 'output':
      return job.output.end;
    case 'cpu':
    case 'rss':
      return uses.get(job)?.[sort];
  }
}

/** All at once: however many are asked for, the machine is looked at once. */
async function measure(jobs: readonly Job[]): Promise<Uses> {
  const uses = new Map<Job, Measurement>();
  await Promise.all(
    jobs.map(async (job) => {
      const { process } = job;
      if (process === undefined || !isMeasurable(process)) return;
      const use = await process.measure().catch(() => undefined);
      if (use !== undefined) uses.set(job, use);
    }),
  );
  return uses;
}

async function rowOf(job: Job, uses: Uses): Promise<JobRow> {
  const use = uses.get(job);
  const said = await lastLine(job.output);
  return {
    ...job.info(),
    ...(use === undefined ? {} : { cpu: use.cpu, rss: use.rss }),
    ...(said === undefined ? {} : { said }),
  };
}

function countByState(jobs: readonly Job[]): Partial<Record<JobInfo['state'], number>> {
  const counts: Partial<Record<JobInfo['state'], number>> = {};
  for (const { state } of jobs) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
