import { fault } from '../base/fault.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { ContainerConfig, ContainerStatus } from '../protocol/container.ts';
import type { Resource } from '../state/resource.ts';
import { isStateError } from '../state/state-error.ts';
import type { State } from '../state/state.ts';
import { type KnownContainer, unknownContainer } from './container-table.ts';
import { isUp } from './next-step.ts';
import { Containers, ContainerStatuses, OWNER } from './resources.ts';

/**
 * Says that a container is to go, in one write against the version that was looked at: of it and a commit that starts the
 * container exactly one comes through. Resolves when it is gone. Errors: AgentError `running`, `unknown-container`.
 */
export async function destroyContainer(
  state: State,
  { id, name }: KnownContainer,
  force: boolean,
  signal?: AbortSignal,
): Promise<void> {
  const pointer = Containers.pointer(id);
  using watch = state.watch(pointer, { signal });
  for (;;) {
    const container = (await state.find(pointer)) as Resource<ContainerConfig> | undefined;
    if (container === undefined) throw unknownContainer(name);
    const { metadata, spec } = container;
    if (metadata.phase === 'tearing-down') break;
    const status = await state.find(ContainerStatuses.pointer(id));
    if (!force && isUp(spec, status?.spec as ContainerStatus | undefined)) {
      throw new AgentError('running', `Cannot remove the container "${name}": it runs; stop it before`);
    }
    try {
      fault('containers.destroy.before');
      await state.update({ metadata: { ...metadata, phase: 'tearing-down' }, spec }, { owner: OWNER });
      break;
    } catch (error) {
      if (!isStateError(error, 'version-conflict')) throw error;
    }
  }
  for await (const event of watch) if (event.type === 'destroyed') return;
  throw new AgentError(
    'cancelled',
    `Cannot wait for the end of the container "${name}" any more: it is removed all the same`,
  );
}
