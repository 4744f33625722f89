import { mkdirSync, writeFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { chosenDataDir, findAgent } from '../../src/cli/agent-address.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { fakeCli } from './fake-cli.ts';

const nothing = { url: undefined, tokenFile: undefined, dataDir: undefined };

describe('chosenDataDir()', () => {
  test.each([
    ['--data-dir', 'given', { COREX_DATA_DIR: '/env' }, false, '/caller/given'],
    ['COREX_DATA_DIR', undefined, { COREX_DATA_DIR: '/env', XDG_STATE_HOME: '/state' }, false, '/env'],
    ['XDG_STATE_HOME', undefined, { COREX_DATA_DIR: '', XDG_STATE_HOME: '/state' }, false, '/state/corex'],
    ['the home directory', undefined, {}, false, '/home/caller/.local/state/corex'],
    ['root', undefined, { XDG_STATE_HOME: '/state' }, true, '/var/lib/corex'],
  ])('goes by %s', (_, dataDir, env, isRoot, expected) => {
    expect(chosenDataDir(dataDir, fakeCli({ env, isRoot }))).toBe(expected);
  });
});

describe('findAgent()', () => {
  test('prefers --url, then --data-dir, then COREX_URL, then the default directory', async () => {
    await using directory = tempDir();
    mkdirSync(directory.at('corex'));
    for (const place of [directory.path, directory.at('corex')]) {
      writeFileSync(`${place}/endpoints`, `ws://127.0.0.1:7411\nunix:${place}/s\n`);
      writeFileSync(`${place}/token`, 'from-the-directory\n');
    }
    const env = { COREX_URL: 'ws://build-3:7411', COREX_TOKEN: 'from-env', XDG_STATE_HOME: directory.path };
    const cli = fakeCli({ env });
    expect(await findAgent({ ...nothing, url: 'ws://x:1', dataDir: directory.path }, cli)).toMatchObject({
      url: 'ws://x:1',
      token: 'from-env',
      isLocal: false,
    });
    expect(await findAgent({ ...nothing, dataDir: directory.path }, cli)).toMatchObject({
      url: `unix:${directory.path}/s`,
      token: 'from-the-directory',
      isLocal: true,
      dataDir: directory.path,
    });
    expect(await findAgent(nothing, cli)).toMatchObject({
      url: 'ws://build-3:7411',
      isLocal: false,
      source: 'COREX_URL',
    });
    expect(await findAgent(nothing, fakeCli({ env: { XDG_STATE_HOME: directory.path } }))).toMatchObject({
      url: `unix:${directory.at('corex')}/s`,
    });
  });

  test('takes the token of --token-file before any other', async () => {
    await using directory = tempDir();
    writeFileSync(directory.at('t'), ' secret \n');
    const cli = fakeCli({ env: { COREX_URL: 'ws://127.0.0.1:1', COREX_TOKEN: 'x' }, directory: directory.path });
    expect(await findAgent({ ...nothing, tokenFile: 't' }, cli)).toMatchObject({ token: 'secret', isLocal: true });
    await expect(findAgent({ ...nothing, tokenFile: 'none' }, cli)).rejects.toThrow('Cannot read the token');
  });

  test('tells how to start one when there is none', async () => {
    await expect(findAgent({ ...nothing, dataDir: '/nonexistent' }, fakeCli())).rejects.toMatchObject({
      exitCode: 125,
      message: 'Cannot find an agent: none has left its address in "/nonexistent"',
    });
  });
});
