/** Opens what is kept of resources, encrypted where there are keys. */
import type { Clock } from '../../base/clock.ts';
import { AgentError, errorMessage } from '../../protocol/agent-error.ts';
import { SecretLookup } from '../../security/secrets/secret-lookup.ts';
import { compression } from '../../state/compression.ts';
import { encryption } from '../../state/encryption.ts';
import { PersistentBackend } from '../../state/persistent-backend.ts';
import { pointerKey } from '../../state/resource.ts';
import type { Wrapping } from '../../state/stored-form.ts';
import type { Store } from '../../store/open-store.ts';
import type { SqlitePersistence } from '../../store/resources/sqlite-persistence.ts';
import type { Config } from '../config.ts';
import { dataPaths } from '../data-dir.ts';
import { secretProviders } from '../secret-providers.ts';
import { NAMESPACES } from './namespaces.ts';
import { openStateKey } from './state-key.ts';

export interface ResourcesGround {
  readonly store: Store;
  readonly clock: Clock;
  /** The agent's own, where secrets may be. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** How the database notes that everything in it is encrypted. */
const SEALED = 'aes-256-gcm';

/**
 * What earlier agents kept. The first time there are keys, everything is encrypted.
 *
 * Errors: AgentError `no-secret` or `store-unavailable`: without the right key, or with something in it that can't be
 * read, it is not opened and stays as it is.
 */
export async function openKeptResources(config: Config, ground: ResourcesGround): Promise<PersistentBackend> {
  const { store, clock } = ground;
  const { history, historyAgeMs: maxAgeMs } = config.state;
  const persistence = store.resources({ history, maxAgeMs });
  const seal = await openSeal(persistence, config, ground);
  const wrappings = [compression(), ...(seal === undefined ? [] : [seal])];
  try {
    return await PersistentBackend.open({ persistence, wrappings, history, clock, keeps: isKept });
  } catch (error) {
    throw new AgentError('store-unavailable', `Cannot open the state: ${errorMessage(error)}`, { cause: error });
  }
}

function isKept(name: string): boolean {
  return NAMESPACES.some((namespace) => namespace.name === name && namespace.isKept);
}

async function openSeal(
  persistence: SqlitePersistence,
  config: Config,
  { clock, environment }: ResourcesGround,
): Promise<Wrapping | undefined> {
  const { keys } = config.state;
  const isSealed = (await persistence.seal()) !== undefined;
  if (keys.length === 0) {
    if (!isSealed) return undefined;
    throw new AgentError(
      'no-secret',
      'Cannot open the state: it is encrypted, and "state.keys" names no secret for it',
    );
  }
  const secrets = new SecretLookup(clock);
  secrets.use(secretProviders(config.secrets, environment), () => undefined);
  const key = await openStateKey({
    file: dataPaths(config.agent.dataDir).stateKeys,
    names: keys,
    readSecret: (name) => secrets.read(name),
    mustExist: isSealed,
  });
  const seal = encryption(key);
  if (!isSealed) await persistence.exchange(SEALED, (bytes, pointer) => seal.wrap(bytes, pointerKey(pointer)));
  return seal;
}
