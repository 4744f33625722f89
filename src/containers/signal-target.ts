import type { JobAccess } from '../engine/job-access.ts';
import { signalProcess } from '../host/signal-process.ts';
import { AgentError, isAgentError } from '../protocol/agent-error.ts';
import type { ContainerMaker } from './container-maker.ts';
import { type ContainerTable, type KnownContainer, unknownContainer } from './container-table.ts';
import { MAIN_PROCESS, OTHER_PROCESS } from './process-watch.ts';

export interface SignalOptions {
  readonly jobs: JobAccess;
  readonly table: ContainerTable;
  readonly maker: ContainerMaker;
}

/**
 * Signals one process, and no other: the one that is this job. `container`: it was asked for by this container, which
 * means its main one. Errors: AgentError `unknown-container` for what is neither container nor process, `not-running`.
 */
export async function signalTarget(
  { jobs, table, maker }: SignalOptions,
  job: string,
  container: KnownContainer | undefined,
  signal: NodeJS.Signals,
): Promise<void> {
  const what = container === undefined ? `the process ${job}` : `the container "${container.name}"`;
  const process = await find(jobs, job);
  if (process === undefined) throw container === undefined ? unknownContainer(job) : notRunning(what);
  if (process.pid === undefined) throw notRunning(what);
  const owner = container ?? (process.isMain ? table.find(job.slice(0, job.lastIndexOf('.'))) : undefined);
  if (owner !== undefined) {
    if (await maker.signal(owner.id, signal)) return;
    throw notRunning(what);
  }
  try {
    signalProcess({ pid: process.pid }, signal);
  } catch (error) {
    throw isAgentError(error) && error.code === 'no-such-process' ? notRunning(what) : error;
  }
}

/** Undefined for what is no process of a container. Without a pid it does not run. */
async function find(
  jobs: JobAccess,
  id: string,
): Promise<{ readonly pid: number | undefined; readonly isMain: boolean } | undefined> {
  try {
    const { command, state, pid } = await jobs.get(id);
    if (command !== MAIN_PROCESS && command !== OTHER_PROCESS) return undefined;
    const isAlive = state === 'running' || state === 'stopping';
    return { pid: isAlive ? pid : undefined, isMain: command === MAIN_PROCESS };
  } catch (error) {
    if (isAgentError(error) && error.code === 'unknown-job') return undefined;
    throw error;
  }
}

function notRunning(what: string): AgentError {
  return new AgentError('not-running', `Cannot signal ${what}: it does not run`);
}
