import type { JobInfo } from '../../protocol/job-info.ts';
import type { Membership } from '../batches/membership.ts';
import type { Ticket } from '../queues/ticket.ts';
import type { Waiter } from './waiter.ts';

/** Jobs that are shown of those a job waits for. */
const SHOWN = 100;

interface WaitingJob {
  readonly waiter: Waiter | undefined;
  readonly ticket: Ticket | undefined;
  readonly membership: Membership | undefined;
}

/** What `job.list` tells of why a job is not in line. */
export function waitingFor({ waiter, ticket, membership }: WaitingJob): Pick<JobInfo, 'waiting_for' | 'batch'> {
  if (waiter === undefined && membership === undefined) return NOTHING;
  const shown: NonNullable<JobInfo['waiting_for']> = [];
  for (const { id, condition } of waiter?.edges ?? []) {
    if (shown.length < SHOWN) shown.push({ id, condition });
  }
  if (membership === undefined) return { waiting_for: shown };
  if (ticket?.isInGroup === true) shown.push({ id: membership.batch, condition: 'turn' });
  return { ...(shown.length === 0 ? {} : { waiting_for: shown }), batch: membership.batch };
}

const NOTHING: Pick<JobInfo, 'waiting_for' | 'batch'> = {};
