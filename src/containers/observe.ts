import type { JobAccess } from '../engine/job-access.ts';
import type { ContainerProcess, ContainerStatus } from '../protocol/container.ts';
import type { ContainerMaker } from './container-maker.ts';
import { factsOf, type ProcessFacts } from './job-facts.ts';
import type { ProcessWatch } from './process-watch.ts';

/** What the processes of a container are doing, as far as its status may not tell. */
export interface Observation {
  readonly main: ProcessFacts | undefined;
  /** The runtime is at work for an earlier agent: nobody wakes us when it has made the main process. */
  readonly isBeingMade: boolean;
  readonly execs: readonly ContainerProcess[];
}

export interface Observers {
  readonly jobs: JobAccess;
  readonly watch: ProcessWatch;
  readonly maker: ContainerMaker;
}

/** Asks the jobs. One nobody knows (any more) counts as lost. */
export async function observe(
  id: string,
  status: ContainerStatus,
  { jobs, watch, maker }: Observers,
): Promise<Observation> {
  const { main } = status;
  const mayChange = main !== undefined && main.state !== 'exited';
  const open = new Set([
    ...status.execs.filter(({ state }) => state !== 'exited').map((process) => process.id),
    ...watch.execsOf(id),
  ]);
  const execs: ContainerProcess[] = [];
  for (const job of open) {
    const { failure, ...facts } = await known(
      jobs,
      job,
      status.execs.find((process) => process.id === job),
    );
    // What never ran is told to who asked for it.
    if (failure === undefined && facts.state !== 'starting') execs.push(facts);
    else if (failure !== undefined) watch.recorded(id, job);
  }
  if (!mayChange) return { main: undefined, isBeingMade: false, execs };
  const told = await known(jobs, main.id, main);
  const made = status.state === 'starting' ? await asMade(id, told, maker) : told;
  return { main: made, isBeingMade: made.state === 'starting' && told.state !== 'starting', execs };
}

/**
 * A job that an agent took over counts as started from when the runtime was, which may be making the process yet, or may
 * have failed to.
 */
async function asMade(id: string, told: ProcessFacts, maker: ContainerMaker): Promise<ProcessFacts> {
  if (told.started === undefined || (await maker.isMade(id))) return told;
  const { id: job, command, finished } = told;
  const base = { id: job, ...(command !== undefined && { command }), ...(finished !== undefined && { finished }) };
  if (told.state !== 'exited') return { ...base, state: 'starting' };
  const why = await maker.explainMain(id);
  if (why === undefined) return told;
  const failure = why.toJSON();
  return { ...base, state: 'exited', reason: 'spawn-failed', message: failure.message, failure };
}

async function known(jobs: JobAccess, id: string, before: ContainerProcess | undefined): Promise<ProcessFacts> {
  const facts = await factsOf(jobs, id);
  if (facts !== undefined) return { ...(before?.started !== undefined && { started: before.started }), ...facts };
  return { ...before, id, state: 'exited', reason: 'lost', message: 'Its job is not known any more' };
}
