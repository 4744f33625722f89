/** What is read of resources at the start, a page at a time. Runs in the database thread. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { pack, type PackedBytes } from './packed-bytes.ts';
import type { ChangeType } from './resource-writes.ts';

export interface KindRow {
  readonly kind: number;
  readonly namespace: string;
  readonly type: string;
  readonly complete: number;
}

export interface ResourcePage {
  /** What the next page is behind; undefined: this was the last. */
  readonly next: number | undefined;
  readonly resources: readonly number[];
  readonly kinds: readonly number[];
  readonly ids: readonly string[];
  readonly packed: PackedBytes;
}

export interface EventPage {
  readonly next: number | undefined;
  readonly positions: readonly number[];
  readonly kinds: readonly number[];
  readonly types: readonly ChangeType[];
  readonly ids: readonly string[];
  /** Of each event its bytes, and then those before it where that is said. */
  readonly packed: PackedBytes;
  readonly hasOld: readonly (0 | 1)[];
}

/** A page ends behind the row with which it has so much. */
const PAGE_ROWS = 5_000;
const PAGE_BYTES = 8 * 1024 * 1024;

type Row = Readonly<Record<string, unknown>>;

export function prepareResourceReads(database: DatabaseSync) {
  const kinds = database.prepare('SELECT kind, namespace, type, complete FROM kinds ORDER BY kind');
  const resources = database.prepare(
    'SELECT resource AS place, kind, id, bytes FROM resources WHERE resource > ? ORDER BY resource',
  );
  const events = database.prepare(
    'SELECT position AS place, kind, type, id, bytes, old FROM events WHERE position > ? ORDER BY position',
  );

  return {
    kinds: (): KindRow[] =>
      kinds.all().map((row) => ({
        kind: Number(row['kind']),
        namespace: String(row['namespace']),
        type: String(row['type']),
        complete: Number(row['complete']),
      })),

    resourcePage: (after: number): ResourcePage => {
      const { rows, next } = page(resources, after);
      return {
        next,
        resources: rows.map(({ place }) => Number(place)),
        kinds: rows.map(({ kind }) => Number(kind)),
        ids: rows.map(({ id }) => String(id)),
        packed: pack(rows.map(({ bytes }) => bytes as Uint8Array)),
      };
    },

    eventPage: (after: number): EventPage => {
      const { rows, next } = page(events, after);
      return {
        next,
        positions: rows.map(({ place }) => Number(place)),
        kinds: rows.map(({ kind }) => Number(kind)),
        types: rows.map(({ type }) => type as ChangeType),
        ids: rows.map(({ id }) => String(id)),
        packed: pack(rows.flatMap(({ bytes, old }) => [bytes, ...(old === null ? [] : [old])] as Uint8Array[])),
        hasOld: rows.map(({ old }) => (old === null ? 0 : 1)),
      };
    },
  };
}

function page(statement: StatementSync, after: number): { readonly rows: Row[]; readonly next: number | undefined } {
  const rows: Row[] = [];
  let bytes = 0;
  for (const row of statement.iterate(after) as Iterable<Row>) {
    rows.push(row);
    bytes += sizeOf(row['bytes']) + sizeOf(row['old']);
    if (rows.length === PAGE_ROWS || bytes >= PAGE_BYTES) return { rows, next: Number(row['place']) };
  }
  return { rows, next: undefined };
}

function sizeOf(value: unknown): number {
  return value instanceof Uint8Array ? value.byteLength : 0;
}
