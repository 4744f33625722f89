/** What callers set of queues. Runs in the database thread. */
import type { DatabaseSync } from 'node:sqlite';
import { parseTrustedJson } from '../../base/json.ts';
import type { KeptQueue } from '../../engine/job-store.ts';

/** What their keys in the table of single values begin with. */
const PREFIX = 'queue:';

export function prepareKeptQueues(database: DatabaseSync) {
  const put = database.prepare(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  const list = database.prepare('SELECT value FROM meta WHERE key >= ? AND key < ? ORDER BY key');

  return {
    reads: {
      keptQueues: (): KeptQueue[] =>
        // The colon's neighbour ends the range of keys.
        list.all(PREFIX, 'queue;').map((row) => parseTrustedJson(String(row['value'])) as KeptQueue),
    },

    writes: {
      keepQueue: (queue: KeptQueue): void => {
        put.run(`${PREFIX}${queue.name}`, JSON.stringify(queue));
      },
    },
  };
}
