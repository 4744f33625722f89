/** What callers may do to a live job. Each resolves once it is stored; see JobAccess for the promises. */
import { AgentError } from '../protocol/agent-error.ts';
import type { EngineParts } from './engine-parts.ts';
import type { JobRunner } from './job-runner.ts';
import { isResizable, isSignalable, isWritable } from './process.ts';
import type { Process, Writable } from './process.ts';
import { outcomeOfIdleKill } from './run-outcome.ts';

export async function killJob(runner: JobRunner, parts: EngineParts, signal: NodeJS.Signals): Promise<void> {
  const { job } = runner;
  if (signal !== 'SIGTERM' && signal !== 'SIGKILL') {
    await signalJob(runner, signal);
    return;
  }
  job.final = true;
  const graceMs = signal === 'SIGKILL' ? 0 : job.killGraceMs;
  // The run is told before the store is: a slow disk delays the answer, never the kill.
  if (runner.hasRun) runner.stopRun('killed', graceMs);
  if (!(await runner.stored)) return;
  if (!runner.hasRun) {
    await runner.settleIdle(outcomeOfIdleKill(job.runs));
    return;
  }
  // It may have begun to run in the moment it was stored.
  runner.stopRun('killed', graceMs);
  await parts.store.change(job.uid, { final: true });
}

export async function cancelJob(runner: JobRunner): Promise<void> {
  const { job } = runner;
  if (!(await runner.stored))
    throw new AgentError('not-running', `Cannot cancel the job "${job.id}": no job of this id is live`);
  if (runner.hasRun) throw new AgentError('running', `Cannot cancel the job "${job.id}": it runs, "job.kill" ends it`);
  job.final = true;
  await runner.settleIdle(outcomeOfIdleKill(job.runs));
}

export async function unscheduleJob(runner: JobRunner, parts: EngineParts): Promise<void> {
  const { job } = runner;
  job.final = true;
  if (!(await runner.stored)) return;
  job.tell({ event: 'unscheduled' });
  if (!runner.hasRun && job.lastRun !== undefined) await runner.settleIdle(job.lastRun.outcome);
  else await parts.store.change(job.uid, { final: true });
}

export async function prioritizeJob(runner: JobRunner, parts: EngineParts, priority: number): Promise<void> {
  const { job } = runner;
  job.priority = priority;
  if (job.state === 'queued') parts.queues.setPriority(job.id, job.command.queue, priority);
  if (await runner.stored) await parts.store.change(job.uid, { priority });
}

/** Gives standard input; without an offset it goes behind what was taken so far, one piece after the other. */
export async function writeJobStdin(runner: JobRunner, offset: number | undefined, bytes: Uint8Array): Promise<number> {
  if (offset !== undefined) return writeAt(runner, offset, bytes);
  const { job } = runner;
  const written = job.appending.then(() => writeAt(runner, job.stdinOffset, bytes));
  job.appending = written.then(noMatter, noMatter);
  return written;
}

async function writeAt(runner: JobRunner, offset: number, bytes: Uint8Array): Promise<number> {
  const taken = await writable(runner).writeStdin(offset, bytes);
  if (taken < 0) {
    throw new AgentError('not-running', `Cannot write to the job "${runner.job.id}": its standard input is closed`);
  }
  runner.job.stdinOffset = Math.max(runner.job.stdinOffset, taken);
  return taken;
}

function noMatter(): undefined {
  return undefined;
}

export async function closeJobStdin(runner: JobRunner, offset: number | undefined): Promise<void> {
  await writable(runner).closeStdin(offset ?? runner.job.stdinOffset);
}

export async function resizeJob(runner: JobRunner, columns: number, rows: number): Promise<void> {
  const process = runningProcess(runner, 'resize');
  if (!isResizable(process))
    throw new AgentError('not-able', `Cannot resize the job "${runner.job.id}": it has no terminal`);
  await process.resize(columns, rows);
}

async function signalJob(runner: JobRunner, signal: NodeJS.Signals): Promise<void> {
  const { job } = runner;
  const process = runningProcess(runner, `send ${signal} to`);
  if (!isSignalable(process))
    throw new AgentError(
      'not-able',
      `Cannot send ${signal} to the job "${job.id}": it is a function, only a kill ends it`,
    );
  if (!(await process.signal(signal)))
    throw new AgentError('not-running', `Cannot send ${signal} to the job "${job.id}": its process has ended`);
}

function writable(runner: JobRunner): Process & Writable {
  const process = runningProcess(runner, 'write to');
  if (isWritable(process)) return process;
  throw new AgentError('not-able', `Cannot write to the job "${runner.job.id}": it takes no standard input`);
}

function runningProcess(runner: JobRunner, action: string): Process {
  const { job } = runner;
  if (job.process !== undefined) return job.process;
  throw new AgentError(
    'not-running',
    `Cannot ${action} the job "${job.id}": it is ${job.state} and has no process now`,
  );
}
