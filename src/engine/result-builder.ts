/** Builds the one JobResult of a command, from what was said and how it ended. */

import type { State } from '../protocol/reasons.ts';
import type { AgentError } from '../protocol/agent-error.ts';
import type { JobResult } from '../protocol/result.ts';
import type { Cleanup, Survivor, Usage } from '../protocol/run.ts';
import { writeUsage } from '../protocol/use.ts';
import type { RunOutcome } from './run-outcome.ts';

/** What the last run said. */
export interface RunSpeech {
  readonly data: string;
  readonly level: number;
  readonly streams: readonly [string, string];
  readonly critical: string | undefined;
}

export const SILENCE: RunSpeech = { data: '', level: 0, streams: ['', ''], critical: undefined };

/** A finished run, as far as its job's result needs it. JSON, so that it can wait in the store between runs. */
export interface FinishedRun {
  /** Its number. */
  readonly run: number;
  readonly outcome: RunOutcome;
  readonly speech: RunSpeech;
  /** Wall clock, milliseconds; 0 when it never started. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outputOpen: boolean;
  readonly cleanup: Cleanup;
  readonly survivors: readonly Survivor[];
  readonly usage?: Usage;
}

/** What of a job is in its result beside its last run. */
export interface JobTotals {
  readonly id: string;
  readonly command: string;
  readonly tags: readonly string[];
  readonly runs: number;
  readonly outputBytes: number;
  readonly outputDropped: number;
  /** Number of the container it ran in. Default: 0, the machine. */
  readonly container?: number;
}

/** The result of a settled job. `outcome` is the last run's, unless the job was ended between runs. */
export function buildResult(job: JobTotals, run: FinishedRun | undefined, outcome: RunOutcome): JobResult {
  const speech = run?.speech ?? SILENCE;
  return {
    id: job.id,
    command: job.command,
    data: speech.data,
    streams: [...speech.streams],
    ...(speech.critical === undefined ? {} : { critical: speech.critical }),
    level: speech.level,
    state: outcome.state,
    code: outcome.code,
    starttime: run?.startedAt ?? 0,
    time: Math.round(run?.durationMs ?? 0),
    tags: [...job.tags],
    container: job.container ?? 0,
    reason: outcome.reason,
    ...(run?.outcome.exit === undefined ? {} : { exit: run.outcome.exit }),
    runs: job.runs,
    output: { bytes: job.outputBytes, dropped: job.outputDropped },
    output_open: run?.outputOpen ?? false,
    cleanup: run?.cleanup ?? 'none',
    survivors: [...(run?.survivors ?? [])],
    ...(run?.usage === undefined ? {} : { usage: writeUsage(run.usage) }),
    ...(outcome.error === undefined ? {} : { error: outcome.error }),
  };
}

/** The result of a command that was refused: nothing was kept, and it says nothing about a job of the same id. */
export function buildRefusal(
  command: { readonly id?: string | undefined; readonly name: string; readonly tags?: readonly string[] },
  error: AgentError,
): JobResult {
  const outcome: RunOutcome = {
    reason: 'rejected',
    state: refusalState(error.code),
    code: error.number,
    error: { code: error.code, message: error.message },
    retryable: false,
  };
  const totals = {
    id: command.id ?? '',
    command: command.name,
    tags: command.tags ?? [],
    runs: 0,
    outputBytes: 0,
    outputDropped: 0,
  };
  return { ...buildResult(totals, undefined, outcome), refused: true };
}

function refusalState(code: string): State {
  if (code === 'unknown-command') return 'UNKNOWN_CMD';
  return code === 'duplicate-id' ? 'DUPILICATE_ID' : 'ERROR';
}
