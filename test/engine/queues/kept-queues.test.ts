import { expect, test } from 'vitest';
import { testAgent } from '../../harness/test-agent.ts';

test('what is set of a queue is there under the next agent, unless that one’s configuration names the queue', async () => {
  await using first = await testAgent({ queues: { named: { width: 2 } } });
  await first.agent.queues.set('free', { width: 7, limit: 5, rate: { starts: 90, perMs: 60_000 }, burst: 3 });
  await first.agent.queues.set('named', { width: 9 });
  await first.agent.stop();
  await using second = await testAgent({ dataDir: first.dataDir, queues: { named: { width: 2 } } });
  expect(second.agent.queues.list()).toMatchObject([
    { name: 'free', width: 7, limit: 5, rate: '90/m', burst: 3 },
    { name: 'named', width: 2 },
  ]);
});
