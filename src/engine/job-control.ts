/** What callers may do to a live job. Each resolves once it is stored; see JobAccess for the promises. */
import { AgentError } from '../protocol/agent-error.ts';
import type { EngineParts } from './engine-parts.ts';
import type { JobRunner } from './job-runner.ts';
import type { JobChange } from './job-store.ts';
import { isResizable, isSignalable, isWritable } from './process.ts';
import type { Process, Writable } from './process.ts';

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
  await assertStored(runner, 'kill');
  if (!runner.hasRun) {
    await settleIdle(runner, 'ended by a caller');
    return;
  }
  // It may have begun to run in the moment it was stored.
  runner.stopRun('killed', graceMs);
  // What is not spawned by now never will be, also not by the next agent.
  await runner.begun;
  await change(runner, parts, { final: true });
}

export async function cancelJob(runner: JobRunner): Promise<void> {
  const { job } = runner;
  await assertStored(runner, 'cancel');
  if (runner.hasRun) throw new AgentError('running', `Cannot cancel the job "${job.id}": it runs, "job.kill" ends it`);
  job.final = true;
  await settleIdle(runner, 'ended by a caller');
}

export async function unscheduleJob(runner: JobRunner, parts: EngineParts): Promise<void> {
  const { job } = runner;
  job.final = true;
  await assertStored(runner, 'unschedule');
  job.tell({ event: 'unscheduled' });
  if (!runner.hasRun && job.lastRun !== undefined) await settleIdle(runner, 'last run');
  else await change(runner, parts, { final: true });
}

export async function prioritizeJob(runner: JobRunner, parts: EngineParts, priority: number): Promise<void> {
  runner.waiting.setPriority(priority);
  parts.handlers.changed(runner.job);
  await assertStored(runner, 'move');
  await change(runner, parts, { priority });
}

/** A job that is being accepted may turn out not to become one. */
async function assertStored(runner: JobRunner, action: string): Promise<void> {
  if (await runner.stored) return;
  throw new AgentError('not-running', `Cannot ${action} the job "${runner.job.id}": no job of this id is live`);
}

async function settleIdle(runner: JobRunner, as: Parameters<JobRunner['settleIdle']>[0]): Promise<void> {
  if (!(await runner.settleIdle(as))) throw endedFirst(runner);
}

/** Stores a change. For a job that settles in the same moment it has no meaning any more. */
async function change(runner: JobRunner, parts: EngineParts, what: JobChange): Promise<void> {
  try {
    await parts.store.change(runner.job.uid, what);
  } catch (error) {
    if (!runner.settlement.hasBegun) throw error;
    if (!(await runner.settlement.over)) throw endedFirst(runner);
  }
}

function endedFirst({ job }: JobRunner): AgentError {
  return new AgentError('store-unavailable', `Cannot store what became of the job "${job.id}": the agent is ending`);
}

/** Gives standard input behind what was taken so far, one piece after the other. */
export async function appendJobStdin(
  runner: JobRunner,
  bytes: Uint8Array,
): Promise<{ readonly from: number; readonly taken: number }> {
  const { job } = runner;
  const written = job.appending.then(async () => {
    const from = await stdinOffset(runner);
    return { from, taken: await writeJobStdin(runner, from, bytes) };
  });
  job.appending = written.then(noMatter, noMatter);
  return written;
}

/** Gives standard input from an offset on. */
export async function writeJobStdin(runner: JobRunner, offset: number, bytes: Uint8Array): Promise<number> {
  const taken = await (await writable(runner)).writeStdin(offset, bytes);
  if (taken < 0) {
    throw new AgentError('not-running', `Cannot write to the job "${runner.job.id}": its standard input is closed`);
  }
  runner.job.stdinOffset = Math.max(runner.job.stdinOffset ?? 0, taken);
  return taken;
}

/** How much was taken so far: the command may have given some, or another agent. */
async function stdinOffset(runner: JobRunner): Promise<number> {
  return runner.job.stdinOffset ?? writeJobStdin(runner, 0, new Uint8Array());
}

function noMatter(): undefined {
  return undefined;
}

export async function closeJobStdin(runner: JobRunner, offset: number | undefined): Promise<void> {
  const process = await writable(runner);
  const taken = offset ?? runner.job.stdinOffset ?? (await process.writeStdin(0, new Uint8Array()));
  if (taken >= 0) await process.closeStdin(taken);
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

/** The process that takes a job's input. One that is to start is waited for, so that a caller may write as soon as the job is accepted. */
async function writable(runner: JobRunner): Promise<Process & Writable> {
  await untilStarted(runner);
  const process = runningProcess(runner, 'write to');
  if (isWritable(process)) return process;
  throw new AgentError('not-able', `Cannot write to the job "${runner.job.id}": it takes no standard input`);
}

/** Resolves when a job that is in line or starting has a process, or turned out not to get one. */
async function untilStarted(runner: JobRunner): Promise<void> {
  const { job } = runner;
  if (job.process !== undefined) return;
  await assertStored(runner, 'write to');
  const over = job.result.then(yes, yes);
  for (let isOver = false; !isOver && (job.state === 'queued' || job.state === 'starting');) {
    isOver = await Promise.race([job.moved.then(no), over]);
  }
}

function yes(): boolean {
  return true;
}

function no(): boolean {
  return false;
}

function runningProcess(runner: JobRunner, action: string): Process {
  const { job } = runner;
  if (job.process !== undefined) return job.process;
  throw new AgentError(
    'not-running',
    `Cannot ${action} the job "${job.id}": it is ${job.state} and has no process now`,
  );
}
