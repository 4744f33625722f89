import type { Clock } from '../base/clock.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { ContainerState, ContainerStatus } from '../protocol/container.ts';
import type { State } from '../state/state.ts';
import { type KnownContainer, unknownContainer } from './container-table.ts';
import { ContainerStatuses } from './resources.ts';

/** Why the waiting is over, when it is for the time. */
const LATE = 'late';

/** Resolves to the status when the container is in the state, at once if it is. Errors: AgentError `timeout`, `cancelled`, `unknown-container`. */
export async function waitForState(
  state: State,
  clock: Clock,
  { id, name }: KnownContainer,
  wanted: ContainerState,
  { timeoutMs, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
): Promise<ContainerStatus> {
  const over = new AbortController();
  const stop = (): void => {
    over.abort();
  };
  using _timer =
    timeoutMs === undefined
      ? undefined
      : clock.after(timeoutMs, () => {
          over.abort(LATE);
        });
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted === true) stop();
  try {
    using watch = state.watch(ContainerStatuses.pointer(id), { signal: over.signal });
    for await (const event of watch) {
      if (event.type === 'destroyed') throw unknownContainer(name);
      if (!('resource' in event)) continue;
      const status = event.resource.spec as ContainerStatus;
      if (status.state === wanted) return structuredClone(status);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  const isLate = over.signal.reason === LATE;
  const why = isLate ? `it was not after ${(timeoutMs ?? 0) / 1000} s` : 'the caller gave up';
  throw new AgentError(
    isLate ? 'timeout' : 'cancelled',
    `Cannot wait until the container "${name}" is ${wanted}: ${why}`,
  );
}
