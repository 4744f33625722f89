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
  /** Events that meant nothing in the state they met. */
  ignoredEvents: number;
  storeRetries: number;
  settled: Partial<Record<Reason, number>>;
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
    ignoredEvents: 0,
    storeRetries: 0,
    settled: {},
  };
}
