import type { Clock } from '../base/clock.ts';
import type { NamedContainerEvent } from '../engine/container-access.ts';
import type { ContainerStatus } from '../protocol/container.ts';
import type { State } from '../state/state.ts';
import { ContainerStatuses } from './resources.ts';

/**
 * What happens to containers from now on: events are part of their statuses, written together with what they tell of, so
 * none is lost or told twice. Ends when the signal fires.
 */
export function containerEvents(state: State, clock: Clock, signal?: AbortSignal): AsyncIterable<NamedContainerEvent> {
  const { namespace, type } = ContainerStatuses;
  // Registered now, whenever it is read.
  const watch = state.watchKind({ namespace, type }, { signal });
  return read();

  async function* read(): AsyncIterable<NamedContainerEvent> {
    using _watch = watch;
    for await (const event of watch) {
      switch (event.type) {
        case 'created':
        case 'updated': {
          const { metadata, spec } = event.resource;
          const before =
            event.type === 'updated' ? ((event.old.spec as ContainerStatus).events.at(-1)?.number ?? 0) : 0;
          for (const told of (spec as ContainerStatus).events) {
            if (told.number > before) yield { id: metadata.id, ...told };
          }
          break;
        }
        case 'destroyed': {
          const status = event.resource?.spec as ContainerStatus | undefined;
          const number = (status?.events.at(-1)?.number ?? 0) + 1;
          yield { id: event.pointer.id, number, event: 'removed', at: clock.now(), version: status?.version ?? 0 };
          break;
        }
        case 'bootstrapped':
        case 'noop':
          break;
      }
    }
  }
}
