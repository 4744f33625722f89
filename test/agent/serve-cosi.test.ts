import { existsSync } from 'node:fs';

import { expect, test } from 'vitest';

import { startAgent } from '../../src/agent/agent.ts';
import type { Agent } from '../../src/agent/agent-api.ts';
import { loadConfig } from '../../src/agent/config.ts';
import { CosiBackend } from '../../src/cosi/cosi-backend.ts';
import { newResource } from '../../src/state/resource.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { certificateFile } from '../fixtures/certificates/certificates.ts';
import { tempDir, type TempDir } from '../harness/temp-dir.ts';
import { within } from '../harness/within.ts';

const KIND = { namespace: 'config', type: 'os/path' };

async function agentIn(directory: TempDir): Promise<Agent> {
  const set = (key: string, value: string | readonly string[]) => ({ key, value, label: key });
  const config = loadConfig({
    environment: {},
    cwd: directory.path,
    flags: [
      set('agent.data_dir', 'data'),
      set('agent.runtime_dir', 'run'),
      set('agent.listen', ['unix:run/agent.sock']),
      set('agent.launcher', 'in-process'),
      set('cosi.listen', ['unix:run/cosi.sock', 'tls://127.0.0.1:0']),
      set('cosi.tls_cert', certificateFile('server.pem')),
      set('cosi.tls_key', certificateFile('server.key')),
      set('cosi.tls_client_ca', certificateFile('authority.pem')),
    ],
  });
  return await startAgent({ config, logger: silentLogger });
}

test('what clients may see of the agent’s resources is served, and watched on over the next agent', async () => {
  await using directory = tempDir();
  const socket = directory.at('run', 'cosi.sock');
  const first = await agentIn(directory);
  const backend = await CosiBackend.open({ url: `unix:${socket}`, random: () => 1 });
  try {
    const namespaces = await backend.list({ namespace: 'meta', type: 'Namespaces.meta.cosi.dev' });
    expect(namespaces.map(({ metadata }) => metadata.id)).toContain('config');
    expect(namespaces[0]?.spec).toEqual({ description: expect.any(String) as string });
    const mine = newResource({ namespace: 'runtime', type: 'os/path', id: 'x', spec: {} });
    await expect(backend.create(mine)).rejects.toMatchObject({ code: 'denied' });
    const watch = backend.watchKind(KIND, { bootstrapBookmark: true });
    expect((await watch.next()).value).toMatchObject({ type: 'noop' });
    await backend.create(newResource({ ...KIND, id: 'one', spec: { size: 1 } }));
    expect((await watch.next()).value).toMatchObject({ type: 'created', resource: { spec: { size: 1 } } });
    await first.reload();
    await first.stop();
    expect(existsSync(socket)).toBe(false);
    const second = await agentIn(directory);
    try {
      const event = within(20_000, 'what the next agent tells', watch.next());
      const other = await CosiBackend.open({ url: `unix:${socket}` });
      await other.destroy({ ...KIND, id: 'one' });
      await other.close();
      expect((await event).value).toMatchObject({ type: 'destroyed', resource: { spec: { size: 1 } } });
    } finally {
      await second.stop();
    }
  } finally {
    await backend.close();
    await first.stop();
  }
});
