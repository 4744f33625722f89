/** What a run's or a job's end is turned into: for the store, for those who follow the job, for the result. */
import type { JobEvent } from '../protocol/frames.ts';
import type { JobResult } from '../protocol/result.ts';
import type { Job } from './job.ts';
import type { JobProgress, Outcome } from './job-store.ts';
import type { RunEnd } from './process.ts';
import { buildResult } from './result-builder.ts';
import type { FinishedRun, RunSpeech } from './result-builder.ts';
import type { RunOutcome } from './run-outcome.ts';

/** What of a run its job's result will need. */
export function finishedRun(outcome: RunOutcome, end: RunEnd, speech: RunSpeech): FinishedRun {
  return {
    outcome,
    speech,
    startedAt: end.startedAt,
    durationMs: end.durationMs,
    outputOpen: end.outputOpen,
    cleanup: end.cleanup,
    survivors: end.survivors,
  };
}

/** The end of a run that left nothing behind because there was nothing, or nobody to tell. */
export function emptyEnd(outputEnd: number, ending: RunEnd['ending']): RunEnd {
  return {
    ending,
    startedAt: 0,
    durationMs: 0,
    outputEnd,
    outputDropped: 0,
    outputOnDisk: true,
    outputOpen: false,
    survivors: [],
    cleanup: 'none',
  };
}

/** What those who follow a job are told of a run's end. */
export function exitedEvent(job: Job, outcome: RunOutcome, end: RunEnd): JobEvent {
  return {
    event: 'exited',
    run: job.runs,
    reason: outcome.reason,
    state: outcome.state,
    code: outcome.code,
    ...(outcome.exit === undefined ? {} : { exit: outcome.exit }),
    ...(outcome.error === undefined ? {} : { error: outcome.error }),
    time: Math.round(end.durationMs),
    position: end.outputEnd,
  };
}

/** What the store keeps of a job that will run again. */
export function progressOf(job: Job, dueAt: number | undefined): JobProgress {
  return {
    failures: job.failures,
    dueAt,
    outputEnd: job.outputEnd,
    outputDropped: job.outputDropped,
    final: job.final,
    lastRun: job.lastRun === undefined ? undefined : JSON.stringify(job.lastRun),
  };
}

/** The result of a job that ends with this outcome: its last run's, or that of who ended it between runs. */
export function resultOf(job: Job, outcome: RunOutcome): JobResult {
  const totals = {
    id: job.id,
    command: job.command.name,
    tags: job.command.tags,
    runs: job.runs,
    outputBytes: job.outputEnd,
    outputDropped: job.outputDropped,
  };
  return buildResult(totals, job.lastRun, outcome);
}

/** What the store keeps of a job that ended for good. */
export function settledOutcome(
  job: Job,
  result: JobResult,
  endedAt: number,
  startedAt: number | undefined,
  output: Uint8Array | undefined,
): Outcome {
  return {
    type: 'settled',
    output,
    result: JSON.stringify(result),
    state: result.state,
    code: result.code,
    reason: result.reason,
    runs: job.runs,
    startedAt,
    endedAt,
    expiresAt: endedAt + job.ttlMs,
    outputEnd: job.outputEnd,
  };
}
