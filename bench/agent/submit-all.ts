import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchAgent } from './bench-agent.ts';
import type { Connection } from './connection.ts';

/** Commands that may be unanswered at once; the agent takes 1,024. */
const AT_ONCE = 256;
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** Asks for many jobs and waits until every live job of the agent runs. */
export async function submitAll(
  agent: BenchAgent,
  connection: Connection,
  count: number,
  make: (n: number) => object,
): Promise<void> {
  const done = Promise.withResolvers<undefined>();
  let sent = 0;
  let accepted = 0;
  const send = (): void => {
    connection.send(make(sent));
    sent += 1;
  };
  connection.onClose = () => done.reject(new Error('The connection was lost'));
  connection.onFrame = (frame) => {
    if (frame.type === 'result') done.reject(new Error(`A job ended: ${JSON.stringify(frame)}`));
    if (frame.type !== 'accepted') return;
    accepted += 1;
    if (sent < count) send();
    else if (accepted === count) done.resolve(undefined);
  };
  while (sent < Math.min(AT_ONCE, count)) send();
  await done.promise;
  connection.onFrame = () => {};
  await allRun(agent);
}

async function allRun(agent: BenchAgent): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const { jobs } = (await agent.call('core.state')) as {
      readonly jobs: { readonly live: number; readonly by_state: Readonly<Record<string, number>> };
    };
    if (jobs.by_state['running'] === jobs.live) return;
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error('Some jobs do not start');
}
