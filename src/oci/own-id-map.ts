/** The users that the containers of one agent are on the machine. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import type { IdMap } from './id-map.ts';

/** What images expect. */
const SIZE = 65_536;

/** Ranges that systemd keeps for containers, see its page "Users, Groups, UIDs and GIDs on systemd Systems". */
const FIRST = 524_288;
const SLOTS = (1_879_048_192 - FIRST) / SIZE;

/** Whose range in /etc/subuid and /etc/subgid is ours. */
const OWNER = 'corex';

interface Range {
  readonly name: string;
  readonly first: number;
  readonly count: number;
}

/**
 * A range of 65,536 users and groups that nobody else has: what /etc/subuid and /etc/subgid give to `corex`, else one that
 * `name`, the agent's own, always leads to, and that those files give to nobody.
 */
export async function ownIdMap(name: string): Promise<IdMap> {
  const [users, groups] = await Promise.all(
    ['/etc/subuid', '/etc/subgid'].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  return chooseIdMap(name, rangesIn(users ?? ''), rangesIn(groups ?? ''));
}

/** As {@link ownIdMap}, of what the files say. */
export function chooseIdMap(name: string, users: readonly Range[], groups: readonly Range[]): IdMap {
  const [uid, gid] = [users, groups].map((ranges) =>
    ranges.find((range) => range.name === OWNER && range.count >= SIZE),
  );
  if (uid !== undefined && gid !== undefined) return { uid: uid.first, gid: gid.first, size: SIZE };
  const start = createHash('sha256').update(name).digest().readUInt32BE() % SLOTS;
  const taken = [...users, ...groups];
  for (let step = 0; step < SLOTS; step += 1) {
    const first = FIRST + ((start + step) % SLOTS) * SIZE;
    if (!taken.some((range) => range.first < first + SIZE && first < range.first + range.count)) {
      return { uid: first, gid: first, size: SIZE };
    }
  }
  return { uid: FIRST + start * SIZE, gid: FIRST + start * SIZE, size: SIZE };
}

/** The rows of such a file; those that mean nothing are left out. */
export function rangesIn(text: string): Range[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', first = '', count = ''] = line.trim().split(':');
    return /^\d+$/.test(first) && /^\d+$/.test(count) ? [{ name, first: Number(first), count: Number(count) }] : [];
  });
}
