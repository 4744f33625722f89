/** What the configuration of a container says of its plan. */
import type { Capability } from '../../host/confine/capabilities.ts';
import type { BindRequest } from '../../oci/mounts/held-binds.ts';
import { containerCapabilities } from '../../oci/spec/container-capabilities.ts';
import type { ContainerPlan } from '../../oci/spec/container-plan.ts';
import type { ContainerConfig } from '../../protocol/container.ts';
import type { ContainerRoot } from './container-roots.ts';
import { innerHostname } from './inner-program.ts';

/** The parts that nobody else has a say in. */
export function containerPlan(
  id: string,
  config: ContainerConfig,
  { path, idMap }: Pick<ContainerRoot, 'path' | 'idMap'>,
): Pick<ContainerPlan, 'id' | 'root' | 'hostname' | 'capabilities' | 'idMap' | 'tmpfs'> {
  return {
    id,
    root: { path, readOnly: config.read_only },
    hostname: innerHostname(config),
    capabilities: capabilitiesOf(config),
    ...(idMap && { idMap }),
    tmpfs: config.mounts.flatMap((mount) =>
      'tmpfs' in mount
        ? [{ destination: mount.target, ...(mount.size !== undefined && { sizeBytes: mount.size }) }]
        : [],
    ),
  };
}

/** All that its programs can ever have. Errors: AgentError `bad-arguments`, `forbidden`. */
export function capabilitiesOf({ capabilities, network }: ContainerConfig): readonly Capability[] {
  return containerCapabilities({ add: capabilities, sharesNetwork: network === 'host' });
}

/** What it is to be given of the machine. */
export function bindRequests({ mounts }: Pick<ContainerConfig, 'mounts'>): BindRequest[] {
  return mounts.flatMap((mount) =>
    'tmpfs' in mount ? [] : [{ source: mount.source, destination: mount.target, writable: mount.writable === true }],
  );
}
