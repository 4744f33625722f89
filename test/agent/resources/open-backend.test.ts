import { readdirSync, readFileSync, rmSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { startAgent } from '../../../src/agent/agent.ts';
import type { Agent } from '../../../src/agent/agent-api.ts';
import { defaultConfig } from '../../../src/agent/config.ts';
import { newResource } from '../../../src/state/resource.ts';
import { silentLogger } from '../../../src/telemetry/logger.ts';
import { tempDir, type TempDir } from '../../harness/temp-dir.ts';

const KIND = { namespace: 'config', type: 'Things' };

/** An agent whose secret `STATE` is `passphrase`; without one it has no keys. */
async function start(directory: TempDir, passphrase?: string): Promise<Agent> {
  const standard = defaultConfig(directory.at('data'), directory.at('run'));
  return await startAgent({
    config: {
      ...standard,
      agent: { ...standard.agent, listen: [`unix:${directory.at('socket')}`], launcher: 'in-process' },
      secrets: { directory: undefined, env: { STATE: 'STATE_KEY' } },
      state: { ...standard.state, keys: passphrase === undefined ? [] : ['STATE'] },
    },
    environment: { ...(passphrase !== undefined && { STATE_KEY: passphrase }) },
    logger: silentLogger,
  });
}

function onDisk(directory: TempDir, text: string): boolean {
  const files = readdirSync(directory.at('data'), { recursive: true, withFileTypes: true });
  return files.some((file) => file.isFile() && readFileSync(`${file.parentPath}/${file.name}`).includes(text));
}

describe('what an agent keeps of resources', () => {
  test('is encrypted from the moment it has a key, with what was there before, and opens with that alone', async () => {
    await using directory = tempDir();
    {
      await using agent = await start(directory);
      await agent.state.create(newResource({ ...KIND, id: 'one', spec: { text: 'plain-to-see' } }));
    }
    expect(onDisk(directory, 'plain-to-see')).toBe(true);
    {
      await using agent = await start(directory, 'open sesame');
      await agent.state.create(newResource({ ...KIND, id: 'two', spec: { text: 'well-hidden' } }));
    }
    expect(onDisk(directory, 'well-hidden')).toBe(false);
    expect(onDisk(directory, 'plain-to-see')).toBe(false);

    await expect(start(directory)).rejects.toMatchObject({
      code: 'no-secret',
      message: 'Cannot open the state: it is encrypted, and "state.keys" names no secret for it',
    });
    await expect(start(directory, 'another word')).rejects.toMatchObject({ code: 'no-secret' });
    {
      await using agent = await start(directory, 'open sesame');
      const found = await agent.state.list(KIND);
      expect(found.map(({ spec }) => spec)).toEqual([{ text: 'plain-to-see' }, { text: 'well-hidden' }]);
    }
    rmSync(directory.at('data', 'state-keys.json'));
    await expect(start(directory, 'open sesame')).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining('state-keys.json'),
    });
  });
});
