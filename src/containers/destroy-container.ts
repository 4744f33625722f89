import { fault } from '../base/fault.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { ContainerConfig, ContainerStatus } from '../protocol/container.ts';
import type { Resource } from '../state/resource.ts';
import { isStateError } from '../state/state-error.ts';
import type { State } from '../state/state.ts';
import { type KnownContainer, unknownContainer } from './container-table.ts';
import { isUp } from './next-step.ts';
import type { Removals } from './removals.ts';
import { Containers, ContainerStatuses, LET_GO, OWNER } from './resources.ts';

/**
 * Says that a container is to go, in one write against the version that was looked at: of it and a commit that starts the
 * container exactly one comes through. Resolves when it is gone. Forced once more it goes although not all it had can be
 * undone. Errors: AgentError `running`, `unknown-container`, why it does not go.
 */
export async function destroyContainer(
  { state, removals }: { readonly state: State; readonly removals: Removals },
  { id, name }: KnownContainer,
  force: boolean,
  signal?: AbortSignal,
): Promise<void> {
  const pointer = Containers.pointer(id);
  const failed = new AbortController();
  using watch = state.watch(pointer, { signal: AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]) });
  let isLetGo = false;
  using _listening = removals.listen(id, (error, wasForced) => {
    // One that was under way when it was let go is followed by another.
    if (wasForced || !isLetGo) failed.abort(error);
  });
  for (;;) {
    const container = (await state.find(pointer)) as Resource<ContainerConfig> | undefined;
    if (container === undefined) throw unknownContainer(name);
    const { metadata, spec } = container;
    const { phase, annotations } = metadata;
    const isGoing = phase === 'tearing-down';
    isLetGo = isGoing && force;
    if (isGoing && (!force || Object.hasOwn(annotations, LET_GO))) break;
    const status = await state.find(ContainerStatuses.pointer(id));
    if (!force && isUp(spec, status?.spec as ContainerStatus | undefined)) {
      throw new AgentError('running', `Cannot remove the container "${name}": it runs; stop it before`);
    }
    try {
      fault('containers.destroy.before');
      const wanted = isGoing ? { ...annotations, [LET_GO]: '' } : annotations;
      await state.update(
        { metadata: { ...metadata, phase: 'tearing-down', annotations: wanted }, spec },
        { owner: OWNER, expectedPhase: phase },
      );
      break;
    } catch (error) {
      if (!isStateError(error, 'version-conflict') && !isStateError(error, 'phase-conflict')) throw error;
    }
  }
  for await (const event of watch) if (event.type === 'destroyed') return;
  if (failed.signal.aborted) throw failed.signal.reason;
  throw new AgentError(
    'cancelled',
    `Cannot wait for the end of the container "${name}" any more: it is removed all the same`,
  );
}
