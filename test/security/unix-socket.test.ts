import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { listenPrivately, prepareSocketPath } from '../../src/security/unix-socket.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { startFakeServer } from '../server/start-fake-server.ts';
import { WireClient } from '../server/wire-client.ts';

const mode = (file: string): string => (statSync(file).mode & 0o777).toString(8);

test('a unix listener makes a 0600 socket in a 0700 directory, needs no token, and removes it at the end (SEC-1)', async () => {
  await using directory = tempDir();
  const socket = directory.at('run', 'agent.sock');
  {
    await using fake = await startFakeServer({ listeners: [{ url: `unix:${socket}` }] });
    expect(fake.server.endpoints).toEqual([`unix:${socket}`]);
    expect([mode(socket), mode(directory.at('run'))]).toEqual(['600', '700']);
    await using client = await WireClient.open(fake.url);
    expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
  }
  expect(existsSync(socket)).toBe(false);
});

test('`listenPrivately()` never shows the socket with a wider mode, whatever the umask', async () => {
  await using directory = tempDir();
  const server = createServer();
  const modes: string[] = [];
  const before = process.umask(0);
  try {
    await listenPrivately(directory.at('s'), async () => {
      const listening = once(server, 'listening');
      server.listen(directory.at('s'));
      modes.push(mode(directory.at('s')));
      await listening;
      modes.push(mode(directory.at('s')));
    });
    expect([...modes, mode(directory.at('s'))]).toEqual(['600', '600', '600']);
  } finally {
    expect(process.umask(before)).toBe(0);
    server.close();
  }
});

test('the socket file of a dead agent is replaced', async () => {
  await using directory = tempDir();
  const socket = directory.at('agent.sock');
  await leaveStaleSocket(socket);
  expect(existsSync(socket)).toBe(true);
  await using fake = await startFakeServer({ listeners: [{ url: `unix:${socket}` }] });
  await using client = await WireClient.open(fake.url);
  expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
});

test('the socket of a living agent is refused, and goes on working', async () => {
  await using directory = tempDir();
  const url = `unix:${directory.at('agent.sock')}`;
  await using first = await startFakeServer({ listeners: [{ url }] });
  await expect(startFakeServer({ listeners: [{ url }] })).rejects.toThrow(/another process listens there/);
  await using client = await WireClient.open(first.url);
  expect(await client.call('core.ping')).toMatchObject({ state: 'SUCCESS' });
});

test('`prepareSocketPath()` removes nothing that is not a socket', async () => {
  await using directory = tempDir();
  writeFileSync(directory.at('file'), 'precious');
  mkdirSync(directory.at('folder'));
  await expect(prepareSocketPath(directory.at('file'))).rejects.toThrow(/something else than a socket/);
  await expect(prepareSocketPath(directory.at('folder'))).rejects.toThrow(/something else than a socket/);
  expect(existsSync(directory.at('file'))).toBe(true);
});

test('`prepareSocketPath()` refuses a directory where others could put their own socket', async () => {
  await using directory = tempDir();
  chmodSync(directory.path, 0o777);
  await expect(prepareSocketPath(directory.at('s'))).rejects.toThrow(/others may write in its directory.*chmod 700/);
  chmodSync(directory.path, 0o1777);
  await prepareSocketPath(directory.at('s'));
});

/** A socket file nobody listens on: closing removes a file of the name it was bound to, which this one had. */
async function leaveStaleSocket(socket: string): Promise<void> {
  const server = createServer();
  server.listen(`${socket}.bound`);
  await once(server, 'listening');
  renameSync(`${socket}.bound`, socket);
  server.close();
  await once(server, 'close');
}
