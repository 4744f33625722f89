/** What a run's or a job's end is turned into, for the store and for the result. */
import type { JobResult } from '../protocol/result.ts';
import type { ProcessIdentity } from '../protocol/run.ts';
import type { Job } from './job.ts';
import type { JobProgress, Links, Outcome } from './job-store.ts';
import type { Place, RunEnd, RunKey } from './process.ts';
import { buildResult } from './result-builder.ts';
import type { FinishedRun, RunSpeech } from './result-builder.ts';
import type { RunFacts } from './restart-policy.ts';
import type { RunOutcome } from './run-outcome.ts';

/** What of a run its job's result will need. */
export function finishedRun(run: number, outcome: RunOutcome, end: RunEnd, speech: RunSpeech): FinishedRun {
  return {
    run,
    outcome,
    speech,
    startedAt: end.startedAt,
    durationMs: end.durationMs,
    outputOpen: end.outputOpen,
    cleanup: end.cleanup,
    survivors: end.survivors,
    ...(end.usage === undefined ? {} : { usage: end.usage }),
  };
}

/** The end of a run that could not be started. */
export function unstartedEnd(job: Job): RunEnd {
  return nothingKnown(job, 'It was not started');
}

/** The end of a run that is gone with whatever owned it. What it left at `place` is ended first. */
export async function lostEnd(job: Job, place: Place, message: string, main?: ProcessIdentity): Promise<RunEnd> {
  return { ...nothingKnown(job, message), ...(await endLeftovers(place, `${job.uid}.${job.runs}`, main)) };
}

/** Ends what a run left whose owner died, and tells how that was proven. */
export async function endLeftovers(
  place: Place,
  key: RunKey,
  main?: ProcessIdentity,
): Promise<Pick<RunEnd, 'cleanup' | 'survivors'>> {
  return place.cleanUp(key, main).catch(() => ({ cleanup: 'none', survivors: [] }));
}

function nothingKnown(job: Job, message: string): RunEnd {
  return {
    ending: { type: 'lost', message },
    startedAt: 0,
    durationMs: 0,
    outputEnd: job.output.end,
    outputDropped: 0,
    outputOnDisk: true,
    outputOpen: false,
    survivors: [],
    cleanup: 'none',
  };
}

/** What decides whether the job runs again. */
export function restartFacts(job: Job, outcome: RunOutcome, { durationMs, stop }: RunEnd): RunFacts {
  const { command, failures, final } = job;
  return { command, outcome, durationMs, failures, final, protected: job.protected, shutdown: stop === 'shutdown' };
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
    container: job.preparation.container ?? 0,
  };
  return buildResult(totals, job.lastRun, outcome);
}

/** What the store keeps of a job that ended for good. */
export function settledOutcome(job: Job, result: JobResult, endedAt: number, output: Uint8Array | undefined): Outcome {
  const links = linksOf(job, result, endedAt);
  return {
    type: 'settled',
    output,
    result: JSON.stringify(result),
    state: result.state,
    code: result.code,
    reason: result.reason,
    runs: job.runs,
    startedAt: job.startedAt,
    endedAt,
    expiresAt: endedAt + job.ttlMs,
    outputEnd: job.outputEnd,
    ...(links === undefined ? {} : { links }),
  };
}

function linksOf(job: Job, result: JobResult, endedAt: number): Links | undefined {
  const { id, membership, command, preparation } = job;
  const isBatch = preparation.isBatch === true;
  const hasMet = command.after.length > 0;
  if (!hasMet && !isBatch && membership === undefined) return undefined;
  const { state, code, reason, starttime } = result;
  const fate = { state, code, reason, startedAt: starttime, endedAt };
  const member = membership === undefined ? undefined : { batch: membership.batch, id, fate };
  return { hasMet, batch: isBatch ? id : undefined, member };
}
