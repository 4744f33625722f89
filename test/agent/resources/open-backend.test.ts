import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { startAgent } from '../../../src/agent/agent.ts';
import type { Agent } from '../../../src/agent/agent-api.ts';
import { defaultConfig } from '../../../src/agent/config.ts';
import { newResource } from '../../../src/state/resource.ts';
import { type Logger, silentLogger } from '../../../src/telemetry/logger.ts';
import { tempDir, type TempDir } from '../../harness/temp-dir.ts';

const KIND = { namespace: 'config', type: 'Things' };

/** An agent whose secret `STATE` is `passphrase`; without one it has no keys. */
async function start(directory: TempDir, passphrase?: string, logger: Logger = silentLogger): Promise<Agent> {
  const standard = defaultConfig(directory.at('data'), directory.at('run'));
  return await startAgent({
    config: {
      ...standard,
      agent: { ...standard.agent, listen: [`unix:${directory.at('socket')}`], launcher: 'in-process' },
      secrets: { directory: undefined, env: { STATE: 'STATE_KEY' } },
      state: { ...standard.state, keys: passphrase === undefined ? [] : ['STATE'] },
    },
    environment: { ...(passphrase !== undefined && { STATE_KEY: passphrase }) },
    logger,
  });
}

async function refusal(act: () => Promise<unknown>): Promise<unknown> {
  try {
    return await act();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

function onDisk(directory: TempDir, text: string): boolean {
  const files = readdirSync(directory.at('data'), { recursive: true, withFileTypes: true });
  return files.some((file) => file.isFile() && readFileSync(`${file.parentPath}/${file.name}`).includes(text));
}

describe('what an agent keeps of resources', () => {
  test('starts anew when the database is damaged: that is logged, and bookmarks of before are refused', async () => {
    await using directory = tempDir();
    let bookmark: Uint8Array | undefined;
    {
      await using agent = await start(directory);
      await agent.state.create(newResource({ ...KIND, id: 'one', spec: {} }));
      using watch = agent.state.watchKind(KIND, { bootstrapBookmark: true });
      bookmark = (await watch.next()).value?.bookmark;
    }
    writeFileSync(directory.at('data', 'corex.db'), Buffer.alloc(8_192, 'damage'));
    const said: unknown[] = [];
    const logger = { ...silentLogger, error: (_facts: unknown, message: string) => said.push(message) };
    await using agent = await start(directory, undefined, logger);
    expect(said).toContain('The database was damaged and set aside; history and resources start anew');
    expect(await agent.state.list(KIND)).toEqual([]);
    expect(await refusal(() => agent.state.watchKind(KIND, { from: bookmark }).next())).toBe('invalid-bookmark');
  });

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
