/** What the agent remembers and lets others watch: its state, what types there are, and the controllers. */
import type { Clock } from '../../base/clock.ts';
import type { Backend } from '../../state/backend.ts';
import { FilteredBackend, type Access } from '../../state/filtered-backend.ts';
import { EventLog } from '../../state/event-log.ts';
import { MemoryBackend } from '../../state/memory-backend.ts';
import { NamespacedBackend } from '../../state/namespaced-backend.ts';
import { META, Registry } from '../../state/registry.ts';
import { State } from '../../state/state.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { Controllers } from './controllers.ts';
import { type AgentNamespace, NAMESPACES } from './namespaces.ts';

export interface AgentResources {
  /** All of it, for the agent itself. */
  readonly state: State;
  /** The same as clients may see and change it: what only the agent writes is refused, `denied`. */
  readonly clients: State;
  /** Where types are made known. */
  readonly registry: Registry;
  /** Where controllers are registered, at any time. */
  readonly runtime: Controllers;
  readonly namespaces: readonly AgentNamespace[];
  /** Ends all watches; writes that were asked for are carried out first. Idempotent. */
  close(): Promise<void>;
}

export interface ResourcesOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** From 0 to 1, for delays. */
  readonly random: () => number;
}

export async function openResources({ clock, logger, random }: ResourcesOptions): Promise<AgentResources> {
  const log = new EventLog();
  const memory = new MemoryBackend({ log, clock });
  const backends = new Map<string, Backend>(NAMESPACES.map(({ name }) => [name, memory]));
  const state = new State(new NamespacedBackend((namespace) => backends.get(namespace)));
  const clients = new State(new FilteredBackend(state.backend, mayClients));
  const registry = new Registry(state);
  await registry.begin();
  for (const { name, description } of NAMESPACES) if (name !== META) await registry.namespace(name, description);
  const controllers = new Controllers({ state, log, clock, random, logger: logger.child({ part: 'controllers' }) });
  return {
    state,
    clients,
    registry,
    runtime: controllers,
    namespaces: NAMESPACES,
    close: () => state.close(),
  };
}

const READ_ONLY = new Set(NAMESPACES.filter(({ isReadOnly }) => isReadOnly).map(({ name }) => name));

function mayClients({ verb, namespace }: Access): string | undefined {
  const isRead = verb === 'get' || verb === 'list' || verb === 'watch';
  return isRead || !READ_ONLY.has(namespace) ? undefined : `only the agent writes to the namespace "${namespace}"`;
}
