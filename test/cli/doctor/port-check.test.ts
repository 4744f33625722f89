import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import { expect, test } from 'vitest';

import { portCheck } from '../../../src/cli/doctor/port-check.ts';

test('tells whether the port can be had', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await portCheck(port)).toMatchObject({ status: 'warn', found: expect.stringContaining('EADDRINUSE') });
  server.close();
  await once(server, 'close');
  expect(await portCheck(port)).toMatchObject({ status: 'ok' });
});
