/** What the agent remembers and lets others watch: its state, what types there are, and the controllers. */
import type { Backend } from '../../state/backend.ts';
import { FilteredBackend, type Access } from '../../state/filtered-backend.ts';
import type { EventLog, Happening } from '../../state/event-log.ts';
import type { BackendFigures } from '../../state/logged-backend.ts';
import { MemoryBackend } from '../../state/memory-backend.ts';
import { NamespacedBackend } from '../../state/namespaced-backend.ts';
import { META, Registry } from '../../state/registry.ts';
import { State } from '../../state/state.ts';
import type { AgentOptions } from '../agent-api.ts';
import { Controllers } from './controllers.ts';
import { registerEmbedded } from './embedded-resources.ts';
import { type AgentNamespace, NAMESPACES } from './namespaces.ts';
import { openKeptResources, type ResourcesGround } from './open-backend.ts';

export interface ResourceFigures extends BackendFigures {
  /** What happened since the agent began. */
  readonly events: Readonly<Record<Happening['type'], number>>;
}

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
  /** All changes, in one order. */
  readonly log: EventLog;
  /** Of all namespaces together. */
  figures(): ResourceFigures;
  /** Ends all watches; writes that were asked for are carried out first. Idempotent. */
  close(): Promise<void>;
}

/** Opens it, with what earlier agents kept. Errors: as {@link openKeptResources} and {@link registerEmbedded}. */
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
