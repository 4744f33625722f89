import type { JobState } from '../protocol/job-info.ts';
import type { Reason } from '../protocol/reasons.ts';

/** What the engine counts, for metrics. Numbers only grow. */
export interface EngineCounts {
  submitted: number;
  refused: number;
  calls: number;
  attached: number;
  accepted: number;
  runsStarted: number;
  startsFailed: number;
  outputBytes: number;
  outputDropped: number;
  messages: number;
  /** Messages of level 10 that are no statistics. */
  malformedStatistics: number;
  /** Events that meant nothing in the state they met. */
  ignoredEvents: number;
  storeRetries: number;
  settled: Partial<Record<Reason, number>>;
}

/** What there is to do at a moment. */
export interface EngineLoad {
  /** Jobs that have not settled. */
  readonly live: number;
  /** Of them, those in line, and those that hold one of the agent's slots. */
  readonly waiting: number;
  readonly active: number;
  readonly byState: Partial<Record<JobState, number>>;
}

export function noCounts(): EngineCounts {
  return {
    submitted: 0,
    refused: 0,
    calls: 0,
    attached: 0,
    accepted: 0,
    runsStarted: 0,
    startsFailed: 0,
    outputBytes: 0,
    outputDropped: 0,
    messages: 0,
    malformedStatistics: 0,
    ignoredEvents: 0,
    storeRetries: 0,
    settled: {},
  };
}
