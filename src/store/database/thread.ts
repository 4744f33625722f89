/** The database thread: opens the database and carries out what the client asks. */
import { isMainThread, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { DatabaseSync } from 'node:sqlite';
import { AREAS } from '../areas.ts';
import { Executor, type Operation } from './executor.ts';
import { markDamaged } from './damage.ts';
import type { Group, OpenOptions, Reply, Request } from './messages.ts';
import { openConnection } from './open-connection.ts';
import { describeFailure, isDamage } from './sqlite-error.ts';

if (!isMainThread && parentPort !== null) serve(parentPort, workerData as OpenOptions);

function serve(port: NonNullable<typeof parentPort>, options: OpenOptions): void {
  const reply = (message: Reply): void => port.postMessage(message);
  try {
    const { database, report } = openConnection(options);
    let closing = false;
    let isDamaged = false;
    const groupsOf = (request: Request): readonly Group[] => {
      if (request.type === 'groups') return request.groups;
      closing = true;
      return [];
    };
    const executor = new Executor({
      database,
      operations: prepareAreas(database),
      more: () => {
        const received = receiveMessageOnPort(port) as { readonly message: Request } | undefined;
        return received === undefined ? [] : groupsOf(received.message);
      },
      answer: (answers, commits) => reply({ type: 'answers', answers, commits }),
      trouble: (error) => {
        if (isDamaged || !isDamage(error)) return;
        isDamaged = true;
        markDamaged(report.file);
        reply({ type: 'damaged', message: error instanceof Error ? error.message : String(error) });
      },
    });
    port.on('message', (request: Request) => {
      executor.run(groupsOf(request));
      if (!closing) return;
      database.close();
      port.close();
    });
    reply({ type: 'ready', report });
  } catch (error) {
    reply({ type: 'refused', error: describeFailure('open', error) });
    port.close();
  }
}

function prepareAreas(database: DatabaseSync): ReadonlyMap<string, Operation> {
  const operations = new Map<string, Operation>();
  for (const area of AREAS) {
    const { reads, writes } = area.prepare(database);
    for (const [name, run] of Object.entries({ ...reads, ...writes }))
      operations.set(`${area.name}.${name}`, run as Operation);
  }
  return operations;
}
