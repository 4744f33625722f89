import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/agent/config.ts';
import { tempDir } from '../harness/temp-dir.ts';

const HOME = { HOME: '/home/caller' };

test('[filesystem] confines nobody unless it is told to', () => {
  expect(loadConfig({ environment: HOME, uid: 1000 }).filesystem).toEqual({
    roots: [],
    isReadOnly: false,
    idleMs: 300_000,
    handles: 1024,
    handlesPerConnection: 128,
  });
});

test('[filesystem] takes roots relative to its file, and times in seconds', async () => {
  await using directory = tempDir();
  const file = directory.at('corex.toml');
  await writeFile(file, '[filesystem]\nroots = ["data", "/srv"]\nread_only = true\nidle = 10\nhandles = 5\n');
  expect(loadConfig({ file, environment: HOME, uid: 1000 }).filesystem).toMatchObject({
    roots: [directory.at('data'), '/srv'],
    isReadOnly: true,
    idleMs: 10_000,
    handles: 5,
  });
});

test.each([
  ['root = ["/srv"]', 'did you mean "roots"'],
  ['roots = "/srv"', '"filesystem.roots"'],
  ['roots = [""]', '"filesystem.roots'],
  ['idle = 0', '"filesystem.idle"'],
  ['read_only = "yes"', '"filesystem.read_only"'],
])('[filesystem] refuses %s', async (line, why) => {
  await using directory = tempDir();
  await writeFile(directory.at('corex.toml'), `[filesystem]\n${line}\n`);
  expect(() => loadConfig({ file: directory.at('corex.toml'), environment: HOME, uid: 1000 })).toThrow(why);
});
