import { AgentError } from '../../protocol/agent-error.ts';
import { IdMap, LAST_ID } from '../id-map.ts';
import type { IdMapping } from './runtime-config.ts';

export interface IdMappings {
  readonly uidMappings: readonly IdMapping[];
  readonly gidMappings: readonly IdMapping[];
}

/** The map as the runtime wants it. Errors: AgentError `bad-arguments`. */
export function idMappings(map: IdMap): IdMappings {
  const { uid, gid, size } = map;
  if (!IdMap.safeParse(map).success || Math.max(uid, gid) + size - 1 > LAST_ID) {
    throw new AgentError(
      'bad-arguments',
      `Cannot map ${size} users from ${uid} and groups from ${gid} on: these must be whole numbers up to ${LAST_ID}`,
    );
  }
  return {
    uidMappings: [{ containerID: 0, hostID: uid, size }],
    gidMappings: [{ containerID: 0, hostID: gid, size }],
  };
}
