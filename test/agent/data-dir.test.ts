import { chmodSync, chownSync, lchownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dataPaths, defaultRuntimeDir, openDirectories } from '../../src/agent/data-dir.ts';
import { requires } from '../harness/requires.ts';
import { tempDir } from '../harness/temp-dir.ts';

const modeOf = (file: string): number => statSync(file).mode & 0o777;

describe('openDirectories()', () => {
  test('makes both directories closed to others, and says where everything is', async () => {
    await using directory = tempDir();
    const dataDir = directory.at('a', 'data');
    const paths = openDirectories(dataDir, directory.at('run'));
    expect(paths).toEqual(dataPaths(dataDir));
    expect(paths.database).toBe(`${dataDir}/corex.db`);
    expect(paths.output).toBe(`${dataDir}/output`);
    expect([dataDir, paths.output, directory.at('run')].map(modeOf)).toEqual([0o700, 0o700, 0o700]);
  });

  test('is content with what it made before', async () => {
    await using directory = tempDir();
    openDirectories(directory.at('d'), directory.at('r'));
    writeFileSync(directory.at('d', 'token'), 'x');
    expect(() => openDirectories(directory.at('d'), directory.at('r'))).not.toThrow();
  });

  test('closes a directory that was made by hand, and leaves one alone that holds things', async () => {
    await using directory = tempDir();
    mkdirSync(directory.at('empty'));
    chmodSync(directory.at('empty'), 0o775);
    openDirectories(directory.at('empty'), directory.at('r'));
    expect(modeOf(directory.at('empty'))).toBe(0o700);

    mkdirSync(directory.at('full'));
    writeFileSync(directory.at('full', 'letter'), '');
    chmodSync(directory.at('full'), 0o755);
    openDirectories(directory.at('full'), directory.at('r'));
    expect(modeOf(directory.at('full'))).toBe(0o755);
  });

  test.each([
    [0o777, 'everybody may write it'],
    [0o1777, 'everybody may write it'],
    [0o775, 'its group may write it'],
  ])('refuses one that holds things with mode %o', async (mode, why) => {
    await using directory = tempDir();
    mkdirSync(directory.at('d'));
    writeFileSync(directory.at('d', 'x'), '');
    chmodSync(directory.at('d'), mode);
    expect(() => openDirectories(directory.at('d'), directory.at('r'))).toThrow(
      `Cannot use "${directory.at('d')}" as data directory: ${why}; set "agent.data_dir" to another place`,
    );
  });

  test('refuses a file, and a place below one', async () => {
    await using directory = tempDir();
    writeFileSync(directory.at('f'), '');
    expect(() => openDirectories(directory.at('f'), directory.at('r'))).toThrow(/EEXIST/);
    expect(() => openDirectories(directory.at('f', 'd'), directory.at('r'))).toThrow(/ENOTDIR/);
  });

  test.runIf(requires('root'))('refuses what belongs to somebody else, and a link somebody else made', async () => {
    await using directory = tempDir();
    mkdirSync(directory.at('theirs'));
    chownSync(directory.at('theirs'), 12_345, 12_345);
    expect(() => openDirectories(directory.at('theirs'), directory.at('r'))).toThrow('it belongs to user 12345');
    mkdirSync(directory.at('ours'), { mode: 0o700 });
    symlinkSync(directory.at('ours'), directory.at('link'));
    lchownSync(directory.at('link'), 12_345, 12_345);
    expect(() => openDirectories(directory.at('d'), directory.at('link'))).toThrow('it belongs to user 12345');
  });
});

describe('defaultRuntimeDir()', () => {
  test('is short, and one of its own for each data directory but the default', () => {
    const environment = { HOME: '/home/ann' };
    expect(defaultRuntimeDir(environment, 1000, '/home/ann/.local/state/corex')).toBe('/tmp/corex-1000');
    const others = ['/a', '/b', `/${'long/'.repeat(100)}`].map((dataDir) =>
      defaultRuntimeDir(environment, 1000, dataDir),
    );
    expect(new Set(others).size).toBe(3);
    for (const directory of others) expect(directory).toMatch(/^\/tmp\/corex-1000\/[\da-f]{12}$/);
    expect(defaultRuntimeDir({}, 0, '/var/lib/corex')).toBe('/run/corex');
  });

  test('uses XDG_RUNTIME_DIR if it is there and ours', async () => {
    await using directory = tempDir();
    const uid = statSync(directory.path).uid;
    const dirOf = (runtime: string, owner: number): string =>
      defaultRuntimeDir({ HOME: '/h', XDG_RUNTIME_DIR: runtime }, owner, '/h/.local/state/corex');
    expect(dirOf(directory.at('gone'), 1000)).toBe('/tmp/corex-1000');
    expect(dirOf('relative', 1000)).toBe('/tmp/corex-1000');
    if (uid !== 0) expect(dirOf(directory.path, uid)).toBe(directory.at('corex'));
    expect(dirOf(directory.path, uid + 1)).toBe(`/tmp/corex-${uid + 1}`);
  });
});
