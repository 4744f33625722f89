/** What containers need of whoever joins them to networks. */
import type { IdMap } from '../../oci/id-map.ts';
import type { NetworkPlan } from '../../oci/spec/container-plan.ts';
import type { RuntimeMount } from '../../oci/spec/runtime-config.ts';
import type { ContainerConfig } from '../../protocol/container.ts';

export interface JoinedNetwork {
  readonly plan: NetworkPlan;
  /** Files of the agent that tell the container of it, such as `/etc/resolv.conf`. */
  readonly mounts: readonly RuntimeMount[];
}

export interface ContainerNetworks {
  /** Before the container is made, whose users `idMap` tells of. Errors: AgentError `bad-arguments`, `forbidden`, `not-able`, `port-taken`. */
  join(
    id: string,
    config: Pick<ContainerConfig, 'network' | 'ports' | 'name' | 'hostname'>,
    idMap: IdMap | undefined,
  ): Promise<JoinedNetwork>;
  /** After it is gone. One that was in none is no error. With `force` it is out of it in any case. Errors: AgentError `not-able`, `failed`. */
  leave(id: string, options?: { readonly force?: boolean }): Promise<void>;
}
