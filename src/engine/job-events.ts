/** What those who follow a job are told of it. */
import type { JobEvent } from '../protocol/frames.ts';
import { writeUsage } from '../protocol/use.ts';
import type { Job } from './job.ts';
import type { RunEnd } from './process.ts';
import type { RestartDecision } from './restart-policy.ts';
import type { RunOutcome } from './run-outcome.ts';

/** It waits: for as many other jobs, or else in line. */
export function queuedEvent({ command }: Job, waitingFor = 0): JobEvent {
  return {
    event: 'queued',
    ...(command.queue === undefined ? {} : { queue: command.queue }),
    ...(waitingFor === 0 ? {} : { waiting_for: waitingFor }),
  };
}

/** A run's process is there: started now, or found. */
export function beganEvent(event: 'started' | 'adopted', job: Job, position: number): JobEvent {
  const { pid } = job.process ?? {};
  return { event, run: job.runs, ...(pid === undefined ? {} : { pid }), position };
}

export function exitedEvent(job: Job, outcome: RunOutcome, end: RunEnd): JobEvent {
  return {
    event: 'exited',
    run: job.runs,
    reason: outcome.reason,
    state: outcome.state,
    code: outcome.code,
    ...(outcome.exit === undefined ? {} : { exit: outcome.exit }),
    ...(outcome.error === undefined ? {} : { error: outcome.error }),
    ...(end.usage === undefined ? {} : { usage: writeUsage(end.usage) }),
    time: Math.round(end.durationMs),
    position: end.outputEnd,
  };
}

export function restartingEvent(job: Job, { delayMs, reason }: RestartDecision & { type: 'again' }): JobEvent {
  return { event: 'restarting', run: job.runs + 1, delay_ms: Math.round(delayMs), reason };
}
