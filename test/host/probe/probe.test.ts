import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { awaitProbe } from '../../../src/host/probe/probe.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { freePort } from '../../harness/free-port.ts';
import { serve } from './serve.ts';

const patience = { timeoutMs: 10_000, intervalMs: 10, clock: systemClock };

function listening(server: Server): void {
  onTestFinished(async () => {
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  });
}

describe('awaitProbe()', () => {
  test('holds at once where a port accepts', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    listening(server);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    expect(await awaitProbe({ type: 'tcp', host: '127.0.0.1', port }, patience)).toMatchObject({ tries: 1 });
    expect(await awaitProbe({ type: 'tcp', host: 'localhost', port }, patience)).toMatchObject({ tries: 1 });
  });

  test('waits for a port that comes later', async () => {
    const port = await freePort();
    const reached = awaitProbe({ type: 'tcp', host: '127.0.0.1', port }, patience);
    const server = createServer((socket) => socket.on('error', () => undefined));
    listening(server);
    server.listen(port, '127.0.0.1');
    expect((await reached).tries).toBeGreaterThanOrEqual(1);
  });

  test('waits for a unix socket, whatever stands in its place before', async () => {
    await using directory = tempDir();
    const path = directory.at('s');
    const reached = awaitProbe({ type: 'unix', path }, patience);
    const server = createServer((socket) => socket.on('error', () => undefined));
    listening(server);
    server.listen(path);
    await reached;
  });

  test('gives up when time is out, and tells why the last try failed', async () => {
    const port = await freePort();
    await expect(
      awaitProbe({ type: 'tcp', host: '127.0.0.1', port }, { ...patience, timeoutMs: 100 }),
    ).rejects.toMatchObject({
      code: 'timeout',
      number: 504,
      message: `Cannot reach "127.0.0.1:${port}" within 0.1 s: nothing listens there`,
    });
    await expect(
      awaitProbe({ type: 'unix', path: '/nowhere/s' }, { ...patience, timeoutMs: 50 }),
    ).rejects.toMatchObject({ message: 'Cannot reach "unix:/nowhere/s" within 0.05 s: there is no such socket' });
  });

  test('gives up when it is told to, with the reason', async () => {
    const abort = new AbortController();
    const port = await freePort();
    const reached = awaitProbe({ type: 'tcp', host: '127.0.0.1', port }, { ...patience, signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(reached).rejects.toThrow('enough');
    await expect(
      awaitProbe({ type: 'tcp', host: '127.0.0.1', port }, { ...patience, signal: abort.signal }),
    ).rejects.toThrow('enough');
  });

  test('waits for a page until it is as expected', async () => {
    let asked = 0;
    await using page = await serve((_request, response) => {
      asked += 1;
      response.writeHead(asked < 3 ? 503 : 200).end(asked < 3 ? 'starting' : 'ready');
    });
    const probe = { type: 'http' as const, url: page.url, expect: { contains: 'ready' } };
    expect(await awaitProbe(probe, patience)).toMatchObject({ tries: 3 });
  });

  test('does not try again what can never hold', async () => {
    await expect(awaitProbe({ type: 'http', url: 'ftp://x/' }, patience)).rejects.toMatchObject({
      code: 'bad-arguments',
    });
    await expect(
      awaitProbe({ type: 'http', url: 'http://127.0.0.1:1/', expect: { matches: '(' } }, patience),
    ).rejects.toMatchObject({ code: 'bad-arguments' });
  });
});
