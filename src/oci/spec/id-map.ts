import { AgentError } from '../../protocol/agent-error.ts';
import type { IdMapping } from './runtime-config.ts';

/**
 * Whom the users of a container are outside: user 0 is `uid`, user 1 is `uid + 1` and so on. With it, root in the container
 * is nobody on the machine. The files of its root must belong to these numbers.
 */
export interface IdMap {
  readonly uid: number;
  readonly gid: number;
  /** How many users and groups the container has; 65,536 is what images expect. */
  readonly size: number;
}

/** The largest number that is not a sign for "unchanged". */
const LAST_ID = 0xffff_fffe;

export interface IdMappings {
  readonly uidMappings: readonly IdMapping[];
  readonly gidMappings: readonly IdMapping[];
}

/** The map as the runtime wants it. Errors: AgentError `bad-arguments`. */
export function idMappings({ uid, gid, size }: IdMap): IdMappings {
  checkRange('user', uid, size);
  checkRange('group', gid, size);
  return {
    uidMappings: [{ containerID: 0, hostID: uid, size }],
    gidMappings: [{ containerID: 0, hostID: gid, size }],
  };
}

function checkRange(what: string, first: number, size: number): void {
  const isRange = Number.isInteger(first) && Number.isInteger(size) && first >= 0 && size >= 1;
  if (isRange && first + size - 1 <= LAST_ID) return;
  throw new AgentError(
    'bad-arguments',
    `Cannot map ${size} ${what}s from ${first} on: these must be whole numbers up to ${LAST_ID}`,
  );
}

/** The range a file such as `/etc/subuid` gives a user, by name or number: the first of at least `size`. */
export function subordinateRange(text: string, user: readonly string[], size: number): number | undefined {
  for (const line of text.split('\n')) {
    const [name = '', first = '', count = ''] = line.trim().split(':');
    if (user.includes(name) && /^\d+$/.test(first) && /^\d+$/.test(count) && Number(count) >= size) {
      return Number(first);
    }
  }
  return undefined;
}
