import path from 'node:path';
import type { ContainerMaker } from '../../containers/container-maker.ts';
import { ConfiguredNetworks } from '../../containers/oci/configured-networks.ts';
import { OciMaker } from '../../containers/oci/oci-maker.ts';
import { ImageRoots } from '../../containers/oci/image-roots.ts';
import { Disk } from '../../host/files/disk.ts';
import { shortDirectoryName } from '../../host/runtime-directory.ts';
import { containerGround } from '../../oci/container-ground.ts';
import { CniPlugins } from '../../oci/network/cni-plugins.ts';
import { Networks } from '../../oci/network/networks.ts';
import type { OciRuntime } from '../../oci/runtime.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import type { AgentWorld } from '../agent-part.ts';
import { imagesOf } from '../images.ts';

/** What makes an agent's containers here. Nothing is looked for before the first one needs it. */
export function makeContainerMaker(world: AgentWorld, directory: string): ContainerMaker {
  const { config, environment, clock } = world;
  const { dataDir, runtimeDir } = config().agent;
  const name = shortDirectoryName(dataDir);
  const disk = new Disk(clock);
  const ground = keepOnce(() => containerGround(`corex-${name}`));
  const runtime = keepOnce(async (): Promise<OciRuntime> => {
    const { findRuntimes, usableRuntime } = await import('../../oci/runtimes/find-runtimes.ts');
    const { runtime: wanted } = config().containers;
    const findings = await findRuntimes({
      ...(wanted !== undefined && { names: [wanted] }),
      searchPath: environment['PATH'] ?? '',
      directory: path.join(runtimeDir, `containers-${name}`),
      ground: await ground(),
    });
    const found = usableRuntime(findings);
    if (found !== undefined) return found;
    const why = findings.map((finding) => `${finding.name}: ${finding.trouble ?? 'it works'}`).join('; ');
    throw new AgentError('not-able', `Cannot make containers: no OCI runtime works here (${why})`);
  });
  const networks = new Networks({
    directory: path.join(directory, '.networks'),
    runtimeDirectory: path.join(runtimeDir, `networks-${name}`),
    owner: name,
    plugins: new CniPlugins(environment['PATH'] ?? ''),
  });
  return new OciMaker({
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
    binds: () => ({ roots: config().containers.mounts, own: [dataDir, runtimeDir] }),
    disk,
    defaultLimits: () => config().containers.limits,
  });
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
