/** What another agent left of an entry, and whether it is still what is wanted. */
import type { JobInfo } from '../protocol/job-info.ts';
import { endJob, findJob } from './entry-job.ts';
import type { StartupJobs } from './entry-job.ts';
import type { StartupPast } from './entry-life.ts';
import { STARTUP_TAG } from './startup-entry.ts';

export type LeftJob =
  | { readonly type: 'none' }
  /** It is live, and may be the one that is wanted. */
  | { readonly type: 'live'; readonly info: JobInfo }
  /** Its job ended well in this life of the machine. */
  | { readonly type: 'done' }
  /** Somebody else's job has the id. */
  | { readonly type: 'strange' };

/** Errors: AgentError of the store. */
export async function findLeftJob(
  jobs: StartupJobs,
  wanted: { readonly id: string; readonly isProtected: boolean },
  past: StartupPast,
): Promise<LeftJob> {
  const info = await findJob(jobs, wanted.id);
  if (info === undefined) return { type: 'none' };
  const isOurs = info.tags.includes(STARTUP_TAG);
  if (info.state === 'settled') {
    const isDone = isOurs && !past.isNew && info.accepted >= past.since && info.result?.state === 'SUCCESS';
    return { type: isDone ? 'done' : 'none' };
  }
  if (!isOurs) return { type: 'strange' };
  const isBetweenRuns = info.state === 'queued' || info.state === 'waiting';
  const isStale = (past.isNew && isBetweenRuns) || (info.protected ?? false) !== wanted.isProtected;
  if (!isStale) return { type: 'live', info };
  await endLeftJob(jobs, wanted.id);
  return { type: 'none' };
}

/** Ends a live job and waits for its end. Errors: AgentError of the store. */
export async function endLeftJob(jobs: Pick<StartupJobs, 'kill' | 'view'>, id: string): Promise<void> {
  const view = await jobs.view(id);
  await endJob(jobs, id);
  await view.result;
}

/** Why somebody else's job keeps an entry from starting. */
export function strangeJob(id: string): string {
  return `a job "${id}" that is none of the startup's is live`;
}
