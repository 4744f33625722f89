import { statSync, writeFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import {
  isKeeperAlive,
  keeperFilesSay,
  ownRecord,
  readKeeperRecord,
  removeKeeperFiles,
  writeKeeperFiles,
} from '../../../src/host/keeper/keeper-file.ts';
import { tempDir } from '../../harness/temp-dir.ts';

const own = ownRecord('/run/k.sock');

describe('the files of a keeper', () => {
  test('say who it is and where it listens, to its owner alone', async () => {
    await using directory = tempDir();
    await writeKeeperFiles(directory.path, own);
    expect(readKeeperRecord(directory.path)).toEqual(own);
    expect(keeperFilesSay(directory.path, own)).toBe(true);
    expect(['keeper.pid', 'keeper.json'].map((name) => statSync(directory.at(name)).mode & 0o777)).toEqual([
      0o600, 0o600,
    ]);
  });

  test('are removed by the keeper they are of, and by no other', async () => {
    await using directory = tempDir();
    await writeKeeperFiles(directory.path, own);
    await removeKeeperFiles(directory.path, { ...own, pid: own.pid + 1 });
    expect(readKeeperRecord(directory.path)).toEqual(own);
    await removeKeeperFiles(directory.path, own);
    expect(readKeeperRecord(directory.path)).toBeUndefined();
  });

  test.each(['', 'half a rec', '{"pid":"1"}', 'null'])('that hold %o say nothing', async (content) => {
    await using directory = tempDir();
    writeFileSync(directory.at('keeper.json'), content);
    expect(readKeeperRecord(directory.path)).toBeUndefined();
    expect(keeperFilesSay(directory.path, own)).toBe(false);
  });
});

describe('isKeeperAlive()', () => {
  test('knows a process by more than its number', () => {
    expect(isKeeperAlive(own)).toBe(true);
    expect(isKeeperAlive({ ...own, startTime: own.startTime + 1 })).toBe(false);
    expect(isKeeperAlive({ ...own, boot: 'another boot' })).toBe(false);
    expect(isKeeperAlive({ ...own, pid: 2 ** 22 })).toBe(false);
  });
});
