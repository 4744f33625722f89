import type { Backend } from '../../state/backend.ts';
import { FilteredBackend, type Access } from '../../state/filtered-backend.ts';
import { MemoryBackend } from '../../state/memory-backend.ts';
import { NamespacedBackend } from '../../state/namespaced-backend.ts';
import { META, Registry } from '../../state/registry.ts';
import { State } from '../../state/state.ts';
import type { AgentOptions } from '../agent-api.ts';
import type { AgentResources } from './agent-resources.ts';
import { Controllers } from './controllers.ts';
import { registerEmbedded } from './embedded-resources.ts';
import { NAMESPACES } from './namespaces.ts';
import { openKeptResources, type ResourcesGround } from './open-backend.ts';

/** Opens the agent's resources, with what earlier agents kept. Errors: as {@link openKeptResources} and {@link registerEmbedded}. */
export async function openResources(options: AgentOptions, ground: ResourcesGround): Promise<AgentResources> {
  const { config, logger, resources: embedded = {} } = options;
  const { clock } = ground;
  const kept = await openKeptResources(config, ground);
  const { log } = kept;
  const events = { created: 0, updated: 0, destroyed: 0 };
  log.listenToAll(({ type }) => {
    events[type] += 1;
  });
  // One log for both: what happens in different namespaces has one order.
  const memory = new MemoryBackend({ log, clock });
  const backends = new Map<string, Backend>(NAMESPACES.map(({ name, isKept }) => [name, isKept ? kept : memory]));
  const state = new State(new NamespacedBackend((namespace) => backends.get(namespace)));
  const clients = new State(new FilteredBackend(state.backend, mayClients));
  const registry = new Registry(state);
  await registry.begin();
  for (const { name, description } of NAMESPACES) if (name !== META) await registry.namespace(name, description);
  const parts = { state, log, clock, logger: logger.child({ part: 'controllers' }), random: Math.random };
  const resources: AgentResources = {
    state,
    clients,
    registry,
    runtime: new Controllers(parts),
    namespaces: NAMESPACES,
    log,
    figures: () => {
      const [one, other] = [kept.figures(), memory.figures()];
      return { kinds: [...one.kinds, ...other.kinds], watches: one.watches + other.watches, events };
    },
    // Not by the state alone: a namespace nobody used yet is no part of it.
    close: async () => {
      await state.close();
      await Promise.all([kept.close(), memory.close()]);
    },
  };
  try {
    await registerEmbedded(resources, embedded);
  } catch (error) {
    await resources.close();
    throw error;
  }
  return resources;
}

const READ_ONLY = new Set(NAMESPACES.filter(({ isReadOnly }) => isReadOnly).map(({ name }) => name));

function mayClients({ verb, namespace }: Access): string | undefined {
  const isRead = verb === 'get' || verb === 'list' || verb === 'watch';
  return isRead || !READ_ONLY.has(namespace) ? undefined : `only the agent writes to the namespace "${namespace}"`;
}
