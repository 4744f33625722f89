import { once } from 'node:events';
import { readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';

import { describe, expect, test } from 'vitest';

import { claimSocket, type ClaimedSocket } from '../../../src/host/keeper/claim-socket.ts';
import { tempDir } from '../../harness/temp-dir.ts';

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  await once(server, 'close');
}

describe('claimSocket()', () => {
  test('gives a path to one of many who want it, and leaves nothing of the others', async () => {
    await using directory = tempDir();
    const path = directory.at('k.sock');
    const servers = Array.from({ length: 20 }, () => createServer());
    const claims = await Promise.allSettled(servers.map((server) => claimSocket(server, path)));
    const won = claims.filter((claim) => claim.status === 'fulfilled');
    expect(won).toHaveLength(1);
    expect(claims.filter((claim) => claim.status === 'rejected').map(({ reason }) => (reason as Error).name)).toEqual(
      Array.from({ length: 19 }, () => 'SocketTaken'),
    );
    expect(readdirSync(directory.path)).toEqual(['k.sock']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    for (const server of servers) await close(server);
  });

  test.each(['a socket nobody listens on', 'a file that is no socket'])(
    'takes the place of %s, and one of many does',
    async (what) => {
      await using directory = tempDir();
      const path = directory.at('k.sock');
      if (what === 'a file that is no socket') writeFileSync(path, '');
      else await leaveDeadSocket(path);
      const servers = Array.from({ length: 10 }, () => createServer());
      const claims = await Promise.allSettled(servers.map((server) => claimSocket(server, path)));
      const holders = claims.flatMap((claim) =>
        claim.status === 'fulfilled' && claim.value.isThere() ? [claim.value] : [],
      );
      expect(holders).toHaveLength(1);
      const socket = connect(path);
      await once(socket, 'connect');
      socket.destroy();
      expect(readdirSync(directory.path)).toEqual(['k.sock']);
      for (const server of servers) await close(server);
    },
  );

  test('knows when its file is gone or is another’s, and removes its own only', async () => {
    await using directory = tempDir();
    const path = directory.at('k.sock');
    const server = createServer();
    const claim: ClaimedSocket = await claimSocket(server, path);
    expect(claim.isThere()).toBe(true);
    rmSync(path);
    expect(claim.isThere()).toBe(false);
    const other = createServer();
    const otherClaim = await claimSocket(other, path);
    claim.release();
    expect(otherClaim.isThere()).toBe(true);
    otherClaim.release();
    expect(readdirSync(directory.path)).toEqual([]);
    await Promise.all([close(server), close(other)]);
  });
});

async function leaveDeadSocket(path: string): Promise<void> {
  const server = createServer();
  // Closing removes the name it listened under, which is another by then.
  server.listen(`${path}.old`);
  await once(server, 'listening');
  renameSync(`${path}.old`, path);
  await close(server);
}
