import type { JobAccess } from '../engine/job-access.ts';
import { isAgentError } from '../protocol/agent-error.ts';
import type { ContainerProcess } from '../protocol/container.ts';
import { EXIT_CODE_BASE } from '../protocol/reasons.ts';
import type { JobInfo } from '../protocol/job-info.ts';
import type { JobResult } from '../protocol/result.ts';

export interface ProcessFacts extends ContainerProcess {
  /** Why there never was a process. */
  readonly failure?: { readonly code: string; readonly message: string };
}

/** What became of the process of a container that is the job of this id; undefined when nobody knows the job. */
export async function factsOf(jobs: JobAccess, id: string): Promise<ProcessFacts | undefined> {
  try {
    const info = await jobs.get(id);
    return info.state === 'settled' ? endedFacts(info, await jobs.result(id)) : liveFacts(info);
  } catch (error) {
    if (isAgentError(error) && error.code === 'unknown-job') return undefined;
    // It settled between the two questions, or is about to be stored.
    if (isAgentError(error) && error.code === 'not-ended') return await factsOf(jobs, id);
    throw error;
  }
}

function liveFacts({ id, title, state, pid, started }: JobInfo): ProcessFacts {
  const command = title === undefined ? {} : { command: title };
  if ((state !== 'running' && state !== 'stopping') || pid === undefined) return { id, ...command, state: 'starting' };
  return { id, ...command, state: 'started', pid, ...(started !== undefined && { started: Math.round(started) }) };
}

function endedFacts({ title, ended }: JobInfo, result: JobResult): ProcessFacts {
  const { id, reason, exit, error, starttime } = result;
  const command = title === undefined ? {} : { command: title };
  const finished = ended === undefined ? {} : { finished: ended };
  if (NEVER_RAN.has(reason)) {
    const failure = error ?? { code: 'failed', message: `It was not started: ${reason}` };
    return { id, ...command, state: 'exited', ...finished, reason, message: failure.message, failure };
  }
  return {
    id,
    ...command,
    state: 'exited',
    ...(starttime > 0 && { started: starttime }),
    ...finished,
    ...(exit && { exit }),
    ...(exit && { exit_code: 'code' in exit ? exit.code : exitCodeOf(result) }),
    reason,
    ...messageOf(result),
  };
}

const NEVER_RAN: ReadonlySet<string> = new Set(['spawn-failed', 'cancelled', 'rejected', 'dependency-failed']);

function exitCodeOf({ code }: JobResult): number {
  return code >= EXIT_CODE_BASE ? code - EXIT_CODE_BASE : code;
}

function messageOf({ reason, exit, error }: JobResult): { message?: string } {
  if (error !== undefined) return { message: error.message };
  if (reason === 'out-of-memory') return { message: 'The kernel ended it for lack of memory' };
  return exit !== undefined && 'signal' in exit ? { message: `Ended by ${exit.signal}` } : {};
}
