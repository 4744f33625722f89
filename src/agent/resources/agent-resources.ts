/** What the agent remembers and lets others watch: its state, what types there are, and the controllers. */
import type { Backend } from '../../state/backend.ts';
import { FilteredBackend, type Access } from '../../state/filtered-backend.ts';
import { MemoryBackend } from '../../state/memory-backend.ts';
import { NamespacedBackend } from '../../state/namespaced-backend.ts';
import { META, Registry } from '../../state/registry.ts';
import { State } from '../../state/state.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { Controllers } from './controllers.ts';
import { type AgentNamespace, NAMESPACES } from './namespaces.ts';
import { type KeptResourcesOptions, openKeptResources } from './open-backend.ts';

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

export interface ResourcesOptions extends KeptResourcesOptions {
  readonly logger: Logger;
}

/** Opens it, with what earlier agents kept. Errors: as {@link openKeptResources}. */
export async function openResources(options: ResourcesOptions): Promise<AgentResources> {
  const { clock, logger } = options;
  const kept = await openKeptResources(options);
  const { log } = kept;
  // One log for both: what happens in different namespaces has one order.
  const memory = new MemoryBackend({ log, clock });
  const backends = new Map<string, Backend>(NAMESPACES.map(({ name, isKept }) => [name, isKept ? kept : memory]));
  const state = new State(new NamespacedBackend((namespace) => backends.get(namespace)));
  const clients = new State(new FilteredBackend(state.backend, mayClients));
  const registry = new Registry(state);
  await registry.begin();
  for (const { name, description } of NAMESPACES) if (name !== META) await registry.namespace(name, description);
  const parts = { state, log, clock, logger: logger.child({ part: 'controllers' }), random: Math.random };
  return {
    state,
    clients,
    registry,
    runtime: new Controllers(parts),
    namespaces: NAMESPACES,
    close: () => state.close(),
  };
}

const READ_ONLY = new Set(NAMESPACES.filter(({ isReadOnly }) => isReadOnly).map(({ name }) => name));

function mayClients({ verb, namespace }: Access): string | undefined {
  const isRead = verb === 'get' || verb === 'list' || verb === 'watch';
  return isRead || !READ_ONLY.has(namespace) ? undefined : `only the agent writes to the namespace "${namespace}"`;
}
