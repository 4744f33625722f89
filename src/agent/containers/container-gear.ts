import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ContainerMaker } from '../../containers/container-maker.ts';
import { ConfiguredNetworks } from '../../containers/oci/configured-networks.ts';
import { ContainerUsers } from '../../containers/oci/container-users.ts';
import { OciMaker } from '../../containers/oci/oci-maker.ts';
import { ImageRoots } from '../../containers/oci/image-roots.ts';
import { Disk } from '../../host/files/disk.ts';
import { shortDirectoryName } from '../../host/runtime-directory.ts';
import { containerGround } from '../../oci/container-ground.ts';
import type { IdMap } from '../../oci/id-map.ts';
import { ownIdMap } from '../../oci/own-id-map.ts';
import { type OciRuntime, RUNTIME_NAMES } from '../../oci/runtime.ts';
import type { UsableRuntime } from '../../oci/runtimes/find-runtimes.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import type { AgentWorld } from '../agent-part.ts';
import { imagesOf } from '../images.ts';
import { agentNetworks } from './agent-networks.ts';
import { leaveNothing } from './leave-nothing.ts';

export interface ContainerGear {
  readonly maker: ContainerMaker;
  /** The address of a container in the network it shares with others; undefined when it is in none. */
  readonly addressOf: (id: string) => Promise<string | undefined>;
  /** Ends containers that nobody knows: what is left when the store was lost. `known`: ids of all others. */
  readonly endUnknown: (known: ReadonlySet<string>) => Promise<void>;
  /** The agent ends: what belongs to no container is removed. Never rejects. */
  readonly leave: () => Promise<void>;
}

/** What makes an agent's containers here. Nothing is looked for before the first one needs it. */
export function containerGear(
  world: AgentWorld,
  directory: string,
  nameOf: (id: string) => string | undefined,
): ContainerGear {
  const { config, environment, clock, logger } = world;
  const { dataDir, runtimeDir } = config().agent;
  const name = shortDirectoryName(dataDir);
  const states = path.join(runtimeDir, `containers-${name}`);
  const disk = new Disk(clock);
  const cgroupParent = `corex-${name}`;
  const networkState = path.join(runtimeDir, `networks-${name}`);
  const ground = keepOnce(() => containerGround(cgroupParent));
  const idMap = (): Promise<IdMap> => ownIdMap(name);
  const usable = keepOnce(async (): Promise<UsableRuntime> => {
    const { findRuntimes, usableRuntime } = await import('../../oci/runtimes/find-runtimes.ts');
    const { runtime: wanted, userNamespaces } = config().containers;
    const findings = await findRuntimes({
      ...(wanted !== undefined && { names: [wanted] }),
      searchPath: environment['PATH'] ?? '',
      directory: states,
      ground: await ground(),
      ...(userNamespaces !== 'never' && { idMap: await idMap() }),
    });
    const found = usableRuntime(findings);
    if (found !== undefined) return found;
    const why = findings.map((finding) => `${finding.name}: ${finding.trouble ?? 'it works'}`).join('; ');
    throw new AgentError('not-able', `Cannot make containers: no OCI runtime works here (${why})`);
  });
  const runtime = async (): Promise<OciRuntime> => (await usable()).runtime;
  const networks = agentNetworks({
    directory: path.join(directory, '.networks'),
    runtimeDirectory: networkState,
    owner: name,
    searchPath: environment['PATH'] ?? '',
    clock,
    logger,
    nameOf,
  });
  const maker = new OciMaker({
    directory,
    runtime,
    ground,
    roots: new ImageRoots(imagesOf(world)),
    networks: new ConfiguredNetworks({
      networks,
      directory,
      known: () => config().containers.networks,
      mayShare: () => config().containers.mayShareNetwork,
    }),
    users: new ContainerUsers({
      settings: () => config().containers,
      idMap,
      trouble: async () => (await usable()).usersTrouble,
      onTrouble: (why) => {
        logger.warn({ why }, 'Containers have the users of the machine: their own can not be mapped here');
      },
    }),
    binds: () => ({ roots: config().containers.mounts, own: [dataDir, runtimeDir] }),
    disk,
    defaultLimits: () => config().containers.limits,
  });
  const endUnknown = async (known: ReadonlySet<string>): Promise<void> => {
    const found = await Promise.all(
      RUNTIME_NAMES.map((each) => readdir(path.join(states, each, 'containers')).catch(() => [])),
    );
    if (found.flat().every((id) => known.has(id))) {
      // One that was never made may have been joined to a network.
      const swept = await networks.sweep(known);
      if (swept.length > 0) logger.warn({ networks: swept }, 'Containers that nobody knows were taken out of networks');
      return;
    }
    const { endLeftovers } = await import('../../oci/end-leftovers.ts');
    const { cgroupParent: parent } = await ground();
    const ended = await endLeftovers({ runtimes: [await runtime()], known, networks, cgroupParent: parent });
    logger.warn({ ...ended }, 'Containers that nobody knows were ended');
  };
  const leave = (): Promise<void> => leaveNothing({ cgroupParent, states, networks: networkState });
  const addressOf = async (id: string): Promise<string | undefined> => (await networks.of(id))?.address;
  return { maker, addressOf, endUnknown, leave };
}

/** Found out once; what failed is tried again. */
function keepOnce<Value>(find: () => Promise<Value>): () => Promise<Value> {
  let found: Promise<Value> | undefined;
  return () => {
    found ??= find().catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
}
