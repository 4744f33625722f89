import type { JobAccess } from '../engine/job-access.ts';
import type { ContainerProcess, ContainerStatus } from '../protocol/container.ts';
import { factsOf, type ProcessFacts } from './job-facts.ts';
import type { ProcessWatch } from './process-watch.ts';

/** What the processes of a container are doing, as far as its status may not tell. */
export interface Observation {
  readonly main: ProcessFacts | undefined;
  readonly execs: readonly ContainerProcess[];
}

/** Asks the jobs. One nobody knows (any more) counts as lost. */
export async function observe(
  id: string,
  status: ContainerStatus,
  jobs: JobAccess,
  watch: ProcessWatch,
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
  return { main: mayChange ? await known(jobs, main.id, main) : undefined, execs };
}

async function known(jobs: JobAccess, id: string, before: ContainerProcess | undefined): Promise<ProcessFacts> {
  const facts = await factsOf(jobs, id);
  if (facts !== undefined) return { ...(before?.started !== undefined && { started: before.started }), ...facts };
  return { ...before, id, state: 'exited', reason: 'lost', message: 'Its job is not known any more' };
}
