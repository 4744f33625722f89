import type { EngineParts } from './engine-parts.ts';
import type { JobRunner } from './job-runner.ts';

export interface StopOptions {
  /** End the running jobs, also where they could go on without the agent. */
  readonly drain: boolean;
  /** When this is over what still runs is killed at once. Milliseconds. */
  readonly deadlineMs: number;
}

export interface StopReport {
  /** Jobs whose processes go on without the agent. */
  readonly left: readonly string[];
  /** Jobs that were still not over when everything had been tried. */
  readonly unfinished: readonly string[];
}

/** How long after the deadline's KILL a run may take to be over, milliseconds. */
const LAST_WAIT_MS = 5000;

/**
 * Ends what can't go on without the agent: waiting jobs give up their places (the store remembers them),
 * running ones are asked to end, and killed at the deadline.
 */
export async function stopJobs(
  parts: Pick<EngineParts, 'clock'>,
  runners: readonly JobRunner[],
  options: StopOptions,
): Promise<StopReport> {
  const left: string[] = [];
  const ending: JobRunner[] = [];
  // A turn that had just begun stands down by itself, and takes its intent back; a run that is over is being stored.
  const standingDown: JobRunner[] = [];
  for (const runner of runners) {
    const { job } = runner;
    runner.waiting.leave();
    if (!runner.isActive) {
      standingDown.push(runner);
      continue;
    }
    if (job.place.resumes === true || (job.place.survives && !options.drain)) {
      left.push(job.id);
      continue;
    }
    ending.push(runner);
    runner.stopRun('shutdown', Math.min(job.killGraceMs, options.deadlineMs));
  }
  const over = Promise.all([...ending, ...standingDown].map((runner) => runner.idle()));
  await before(parts, over, options.deadlineMs);
  for (const runner of ending) if (runner.hasRun) runner.stopRun('shutdown', 0);
  await before(parts, over, LAST_WAIT_MS);
  return { left, unfinished: [...ending, ...standingDown].filter((runner) => runner.hasRun).map(({ job }) => job.id) };
}

async function before(parts: Pick<EngineParts, 'clock'>, done: Promise<unknown>, ms: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  using _timer = parts.clock.after(ms, late.resolve);
  await Promise.race([done, late.promise]);
}
