import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { leaveRuntimeDir, shortDirectoryName } from '../../src/host/runtime-directory.ts';
import { tempDir } from '../harness/temp-dir.ts';

test('a directory has a short name that is always the same, and another one another', () => {
  expect(shortDirectoryName('/var/lib/corex')).toMatch(/^[0-9a-f]{12}$/);
  expect(shortDirectoryName('/var/lib/corex')).toBe(shortDirectoryName('/var/lib/corex'));
  expect(shortDirectoryName('/var/lib/other')).not.toBe(shortDirectoryName('/var/lib/corex'));
});

test('a directory of sockets is removed when it was made for one data directory and is empty', async () => {
  await using directory = tempDir();
  const [own, used, shared] = [shortDirectoryName('a'), shortDirectoryName('b'), 'corex'].map((name) => {
    mkdirSync(directory.at(name));
    return directory.at(name);
  }) as [string, string, string];
  writeFileSync(`${used}/agent.sock`, '');
  for (const each of [own, used, shared, directory.at(shortDirectoryName('none'))]) leaveRuntimeDir(each);
  expect([own, used, shared].map((each) => existsSync(each))).toEqual([false, true, true]);
});
