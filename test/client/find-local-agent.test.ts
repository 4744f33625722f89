import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { defaultDataDir } from '../../src/client/data-dir.ts';
import { findLocalAgent } from '../../src/client/find-local-agent.ts';
import { tempDir } from '../harness/temp-dir.ts';

test('findLocalAgent() prefers the unix socket and reads the token', async () => {
  await using directory = tempDir();
  await writeFile(directory.at('endpoints'), 'ws://127.0.0.1:7411\nunix:/run/agent.sock\n');
  await writeFile(directory.at('token'), 'secret\n');
  expect(await findLocalAgent({ dataDir: directory.path })).toEqual({
    url: 'unix:/run/agent.sock',
    urls: ['ws://127.0.0.1:7411', 'unix:/run/agent.sock'],
    token: 'secret',
    dataDir: directory.path,
  });
});

test('findLocalAgent() finds nothing where no agent listens', async () => {
  await using directory = tempDir();
  expect(await findLocalAgent({ dataDir: directory.path })).toBeUndefined();
  await writeFile(directory.at('endpoints'), '\n');
  expect(await findLocalAgent({ dataDir: directory.path })).toBeUndefined();
  expect(await findLocalAgent({ env: {}, uid: 1000 })).toBeUndefined();
});

test.each([
  [0, { XDG_STATE_HOME: '/state', HOME: '/root' }, '/var/lib/corex'],
  [1000, { XDG_STATE_HOME: '/state', HOME: '/home/me' }, '/state/corex'],
  [1000, { XDG_STATE_HOME: 'relative', HOME: '/home/me' }, '/home/me/.local/state/corex'],
  [1000, { HOME: '/home/me' }, '/home/me/.local/state/corex'],
  [undefined, {}, undefined],
])('defaultDataDir() of user %s', (uid, env, expected) => {
  expect(defaultDataDir({ uid, env })).toBe(expected);
});
