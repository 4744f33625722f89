/** Holding all processes of a container, and letting them go on. */
import { fault } from '../base/fault.ts';
import type { JobAccess } from '../engine/job-access.ts';
import { AgentError, isAgentError } from '../protocol/agent-error.ts';
import type { ContainerStatus } from '../protocol/container.ts';
import type { Writable } from '../state/draft.ts';
import type { State } from '../state/state.ts';
import type { ContainerMaker } from './container-maker.ts';
import type { KnownContainer } from './container-table.ts';
import { ContainerStatuses, OWNER } from './resources.ts';

export interface Pausing {
  readonly state: State;
  readonly maker: ContainerMaker;
}

/**
 * It is written down before it is done: what is held hears no signal, with control groups of version 1 not even KILL, so
 * whoever is to end it must know, also when the agent dies in between. Errors: AgentError `not-running`.
 */
export async function pauseContainer(pausing: Pausing, { id, name }: KnownContainer): Promise<void> {
  await write(pausing.state, id, (status) => {
    const why = status.paused ? 'it is paused already' : isRunning(status) ? undefined : `it is ${status.state}`;
    if (why !== undefined) throw new AgentError('not-running', `Cannot pause the container "${name}": ${why}`);
    status.paused = true;
  });
  fault('containers.pause.noted');
  try {
    await pausing.maker.pause(id);
  } catch (error) {
    await write(pausing.state, id, (status) => {
      status.paused = false;
    });
    throw error;
  }
}

/** Errors: AgentError `not-running` when it is not paused. */
export async function resumeContainer(pausing: Pausing, { id, name }: KnownContainer): Promise<void> {
  const wasHeld = await letGoOn(pausing.maker, id);
  const { spec } = await pausing.state.get(ContainerStatuses.pointer(id));
  if (!wasHeld && !(spec as ContainerStatus).paused) {
    throw new AgentError('not-running', `Cannot resume the container "${name}": it is not paused`);
  }
  await write(pausing.state, id, (status) => {
    status.paused = false;
  });
}

/** Lets the processes of a container go on if they are held. Resolves to whether they were. */
export async function letGoOn(maker: Pick<ContainerMaker, 'resume'>, id: string): Promise<boolean> {
  try {
    await maker.resume(id);
    return true;
  } catch (error) {
    if (isAgentError(error) && (error.code === 'not-running' || error.code === 'unknown-container')) return false;
    throw error;
  }
}

/** Somebody stops the job of its main process: what is held must hear of it. */
export async function letEnd(
  { jobs, maker }: { readonly jobs: JobAccess; readonly maker: ContainerMaker },
  id: string,
  { main, paused }: ContainerStatus,
): Promise<void> {
  if (!paused || main === undefined) return;
  const [job] = jobs.list({ ids: [main.id] });
  if (job?.state === 'stopping') await letGoOn(maker, id);
}

/** That it is, jobs may know before the status does. */
function isRunning({ state }: ContainerStatus): boolean {
  return state === 'running' || state === 'starting';
}

async function write(state: State, id: string, change: (status: Writable<ContainerStatus>) => void): Promise<void> {
  await state.updateWithConflicts<ContainerStatus>(
    ContainerStatuses.pointer(id),
    ({ spec }) => {
      change(spec);
    },
    { owner: OWNER },
  );
}
