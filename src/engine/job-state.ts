/**
 * The life of a job.
 *
 * ```
 *            admit            started           stop
 *   queued ────────▶ starting ───────▶ running ───────▶ stopping
 *     ▲                 │ again           │ again          │ again
 *     │ due             ▼                 ▼                ▼
 *     └────────────── waiting ◀───────────┴────────────────┘
 *
 *   every state but settled: settle ▶ settled
 * ```
 */
import type { JobState } from '../protocol/job-info.ts';

export type JobStateEvent =
  /** It has its place in its queue and a slot. */
  | 'admit'
  /** Its process runs. */
  | 'started'
  /** Its run was asked to end. */
  | 'stop'
  /** Its run ended and another follows later. */
  | 'again'
  /** The wait between runs is over. */
  | 'due'
  /** It ended for good. */
  | 'settle';

const TRANSITIONS: Readonly<Record<JobState, Readonly<Partial<Record<JobStateEvent, JobState>>>>> = {
  queued: { admit: 'starting', again: 'waiting', settle: 'settled' },
  starting: { started: 'running', stop: 'stopping', again: 'waiting', settle: 'settled' },
  running: { stop: 'stopping', again: 'waiting', settle: 'settled' },
  stopping: { started: 'stopping', again: 'waiting', settle: 'settled' },
  waiting: { due: 'queued', settle: 'settled' },
  settled: {},
};

/** The state that follows, or undefined when the event means nothing in this state. */
export function nextState(state: JobState, event: JobStateEvent): JobState | undefined {
  return TRANSITIONS[state][event];
}

/** Whether a job in this state has a run that is not over, or whose outcome is not stored. */
export function hasRun(state: JobState): boolean {
  return state === 'starting' || state === 'running' || state === 'stopping';
}
