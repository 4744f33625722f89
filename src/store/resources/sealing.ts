/** Exchanges the bytes of everything that is stored for others. Runs in the database thread. */
import type { DatabaseSync } from 'node:sqlite';
import { type PackedBytes, unpack } from './packed-bytes.ts';

/** Bytes by the places of their rows; of events a second piece follows where there was something before. */
export interface Exchanged {
  readonly resources: readonly number[];
  readonly resourceBytes: PackedBytes;
  readonly events: readonly number[];
  readonly eventBytes: PackedBytes;
  readonly hasOld: readonly (0 | 1)[];
}

export function prepareSealing(database: DatabaseSync) {
  const read = database.prepare("SELECT value FROM meta WHERE key = 'state:seal'");
  const mark = database.prepare(
    "INSERT INTO meta (key, value) VALUES ('state:seal', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  );
  const putResource = database.prepare('UPDATE resources SET bytes = ? WHERE resource = ?');
  const putEvent = database.prepare('UPDATE events SET bytes = ?, old = ? WHERE position = ?');

  return {
    reads: {
      /** What was noted of how bytes are sealed; undefined when they never were. */
      seal: (): string | undefined => {
        const row = read.get();
        return row === undefined ? undefined : String(row['value']);
      },
    },

    writes: {
      /** All of it or nothing, and with it the note. What stood there is overwritten. */
      exchange: (seal: string, rows: Exchanged): void => {
        database.exec('PRAGMA secure_delete = ON');
        try {
          const resources = unpack(rows.resourceBytes);
          for (const [at, place] of rows.resources.entries()) putResource.run(resources[at] ?? null, place);
          const events = unpack(rows.eventBytes).values();
          for (const [at, place] of rows.events.entries()) {
            const bytes = events.next().value ?? null;
            putEvent.run(bytes, rows.hasOld[at] === 1 ? (events.next().value ?? null) : null, place);
          }
          mark.run(seal);
        } finally {
          database.exec('PRAGMA secure_delete = OFF');
        }
      },
    },
  };
}
