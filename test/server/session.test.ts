import { expect, test } from 'vitest';
import { startFakeServer } from './start-fake-server.ts';

test('a session answers a call with its result and its ref', async () => {
  await using fake = await startFakeServer();
  await using client = await fake.connect();
  expect(client.frames[0]).toMatchObject({ type: 'hello', protocol: 1, agent: 'fake' });
  expect(await client.call('core.ping')).toMatchObject({
    type: 'result',
    command: 'core.ping',
    data: '"pong"',
    state: 'SUCCESS',
  });
});
