/** What changes the tables of resources. Runs in the database thread. */
import type { DatabaseSync } from 'node:sqlite';
import { type PackedBytes, unpack } from './packed-bytes.ts';

export type ChangeType = 'created' | 'updated' | 'destroyed';

/** A change without its bytes. `hasOld`: a second piece of bytes is of it. */
export type ChangeRow = readonly [
  type: ChangeType,
  position: number,
  namespace: string,
  kind: string,
  id: string,
  hasOld: 0 | 1,
];

/** What is kept of the past. */
export interface KeptPast {
  /** Events of each kind. */
  readonly history: number;
  /** Events from before this moment may go, wall clock milliseconds. */
  readonly since: number;
}

/** Events are let go when a kind has this part more than are to be kept: seldom, and many at a time. */
const SLACK = 0.25;
/** Events looked at in one step for their age. */
const STEP_EVENTS = 1_000;

export function prepareResourceWrites(database: DatabaseSync) {
  const addKind = database.prepare('INSERT INTO kinds (namespace, type) VALUES (?, ?)');
  const kindOf = database.prepare('SELECT kind FROM kinds WHERE namespace = ? AND type = ?');
  const kinds = database.prepare('SELECT kind FROM kinds');
  const put = database.prepare(
    'INSERT INTO resources (kind, id, bytes) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET bytes = excluded.bytes',
  );
  const remove = database.prepare('DELETE FROM resources WHERE kind = ? AND id = ?');
  const addEvent = database.prepare(
    'INSERT INTO events (position, kind, at, type, id, bytes, old) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const newestBeyond = database.prepare(
    'SELECT position FROM events WHERE kind = ? ORDER BY position DESC LIMIT 1 OFFSET ?',
  );
  const letGo = database.prepare('DELETE FROM events WHERE kind = ? AND position <= ?');
  const markGone = database.prepare('UPDATE kinds SET complete = max(complete, ?) WHERE kind = ?');
  const oldOnes = database.prepare(
    'SELECT kind, max(position) AS position, count(*) AS count FROM (SELECT kind, position, at FROM events ORDER BY position LIMIT ?) WHERE at < ? GROUP BY kind',
  );
  const count = database.prepare(
    "INSERT INTO meta (key, value) VALUES ('state:generation', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1 RETURNING value",
  );
  const name = database.prepare("INSERT INTO meta (key, value) VALUES ('state:log', ?) ON CONFLICT (key) DO NOTHING");
  const named = database.prepare("SELECT value FROM meta WHERE key = 'state:log'");
  /** Events of each kind that were added since it was looked through. More than there are when a transaction failed. */
  const added = new Map<number, number>();

  const letGoUpTo = (kind: number, position: number): void => {
    letGo.run(kind, position);
    markGone.run(position, kind);
  };
  const trim = (kind: number, history: number): void => {
    added.delete(kind);
    const beyond = newestBeyond.get(kind, history);
    if (beyond !== undefined) letGoUpTo(kind, Number(beyond['position']));
  };
  const numberOf = (namespace: string, type: string): number => {
    const known = kindOf.get(namespace, type);
    return known === undefined ? Number(addKind.run(namespace, type).lastInsertRowid) : Number(known['kind']);
  };

  return {
    /** Counts the opening and lets go of what need not be kept. `log` is the name of this state if it has none yet. */
    begin: (
      log: Uint8Array,
      { history, since }: KeptPast,
    ): { readonly log: Uint8Array; readonly generation: number } => {
      name.run(log);
      for (const row of kinds.all()) trim(Number(row['kind']), history);
      while (forget(since));
      return { log: named.get()?.['value'] as Uint8Array, generation: Number(count.get()?.['value']) };
    },

    change: (rows: readonly ChangeRow[], packed: PackedBytes, history: number, now: number): void => {
      const pieces = unpack(packed).values();
      for (const [type, position, namespace, kindName, id, hasOld] of rows) {
        const kind = numberOf(namespace, kindName);
        const bytes = pieces.next().value ?? new Uint8Array();
        const old = hasOld === 1 ? (pieces.next().value ?? null) : null;
        if (type === 'destroyed') remove.run(kind, id);
        else put.run(kind, id, bytes);
        addEvent.run(position, kind, now, type, id, bytes, old);
        const news = (added.get(kind) ?? 0) + 1;
        added.set(kind, news);
        if (news > history * SLACK) trim(kind, history);
      }
    },

    /** Lets go of some events that are too old; answers whether there may be more. */
    forget,
  };

  function forget(since: number): boolean {
    let found = 0;
    for (const row of oldOnes.all(STEP_EVENTS, since)) {
      letGoUpTo(Number(row['kind']), Number(row['position']));
      found += Number(row['count']);
    }
    return found === STEP_EVENTS;
  }
}
