import type { Clock } from '../base/clock.ts';
import { isAgentError } from '../protocol/agent-error.ts';
import type { JobInfo } from '../protocol/job-info.ts';
import { isPassing } from './passing-trouble.ts';
import { pause } from './pause.ts';

/** A job's standard input on the present connection: where frames go to, how much the job has, how much may be ahead of that. */
export interface OpenedInput {
  readonly type: 'open';
  readonly handle: number;
  readonly offset: number;
  readonly credit: number;
}

export type InputOpening =
  | OpenedInput
  /** The job runs and takes no more input. */
  | { readonly type: 'closed' }
  /** The job has settled. */
  | { readonly type: 'settled' };

export interface OpeningPort {
  /** Calls a built-in; rejects as `disconnected` when the present connection is lost. */
  callOnce(name: string, args: object): Promise<unknown>;
  readonly clock: Clock;
}

/** A job that is not running yet is asked again after 50 ms, then each time twice as late, up to 1 s. */
const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 1000;

/**
 * Opens a job's standard input, as soon as the job runs. Errors: AgentError `unknown-job`, `not-able`,
 * `disconnected`; the signal's reason.
 */
export async function openInput(id: string, port: OpeningPort, signal: AbortSignal): Promise<InputOpening> {
  let pauseMs = FIRST_PAUSE_MS;
  let wasRunning = false;
  for (;;) {
    try {
      const answer = (await port.callOnce('job.stdin', { id })) as Omit<OpenedInput, 'type'>;
      return { type: 'open', handle: answer.handle, offset: answer.offset, credit: answer.credit };
    } catch (error) {
      if (!isPassing(error) && !(isAgentError(error) && error.code === 'not-running')) throw error;
      if (error.code === 'not-running') {
        const { state } = (await port.callOnce('job.get', { id })) as JobInfo;
        if (state === 'settled') return { type: 'settled' };
        // It may have begun to run after it was asked; the second time it is its input that is closed.
        if (state === 'running' && wasRunning) return { type: 'closed' };
        wasRunning = state === 'running';
      }
    }
    await pause(port.clock, pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS);
  }
}
