/** Whom the users and groups of a container are outside of it. */
import { readFile } from 'node:fs/promises';

import * as z from 'zod';

/** The largest number that is not a sign for "unchanged". */
export const LAST_ID = 0xffff_fffe;

/**
 * User 0 of a container is `uid` on the machine, user 1 is `uid + 1` and so on; groups alike. With it root in the container
 * is nobody outside, and the files of its root belong to these numbers.
 */
export const IdMap = z.object({
  uid: z.int().min(0).max(LAST_ID),
  gid: z.int().min(0).max(LAST_ID),
  /** How many users and groups the container has; 65,536 is what images expect. */
  size: z.int().min(1).max(LAST_ID),
});
export type IdMap = Readonly<z.infer<typeof IdMap>>;

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Who an owner in the container is outside. Whoever is beyond what the container knows becomes its user 0: nobody outside may be meant. */
export function outsideOf({ uid, gid }: Owner, map: IdMap | undefined): Owner {
  if (map === undefined) return { uid, gid };
  return { uid: map.uid + (uid < map.size ? uid : 0), gid: map.gid + (gid < map.size ? gid : 0) };
}

/** What a process has as its map, as /proc/<pid>/uid_map and gid_map tell; undefined for the machine's own. */
export function idMapIn(uids: string, gids: string): IdMap | undefined {
  const [users, groups] = [rowOf(uids), rowOf(gids)];
  if (users === undefined || groups === undefined || users.outside === 0) return undefined;
  return { uid: users.outside, gid: groups.outside, size: Math.min(users.count, groups.count) };
}

/** The users of a process that runs; undefined for the machine's own, and for one that is gone. */
export async function processIdMap(pid: number): Promise<IdMap | undefined> {
  const [uids, gids] = await Promise.all(
    ['uid_map', 'gid_map'].map((file) => readFile(`/proc/${String(pid)}/${file}`, 'utf8').catch(() => '')),
  );
  return idMapIn(uids ?? '', gids ?? '');
}

/** The row that begins with user 0 of the container. */
function rowOf(text: string): { readonly outside: number; readonly count: number } | undefined {
  const rows = text.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const [, outside, count] = rows.find(([inside]) => inside === 0) ?? [];
  return outside === undefined || count === undefined ? undefined : { outside, count };
}
