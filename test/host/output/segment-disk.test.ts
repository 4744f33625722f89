import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { segmentDisk } from '../../../src/host/output/segment-disk.ts';
import { tempDir } from '../../harness/temp-dir.ts';

describe('segmentDisk', () => {
  test('creates a file and its directories for their owner alone', async () => {
    await using directory = tempDir();
    const fd = await segmentDisk.create(directory.at('a', 'b', 'file'));
    await segmentDisk.close(fd);
    expect(statSync(directory.at('a', 'b', 'file')).mode & 0o777).toBe(0o600);
    expect(statSync(directory.at('a', 'b')).mode & 0o777).toBe(0o700);
  });

  test('writes more buffers than the system takes at once', async () => {
    await using directory = tempDir();
    const fd = await segmentDisk.create(directory.at('file'));
    const buffers = Array.from({ length: 3_000 }, (_, n) => Buffer.from(`${String(n)} `));
    await segmentDisk.write(fd, [Buffer.from('??')], 0);
    await segmentDisk.write(fd, buffers, 2);
    await segmentDisk.close(fd);
    expect(readFileSync(directory.at('file'), 'utf8')).toBe(`??${Buffer.concat(buffers).toString()}`);
  });

  test('cuts a file', async () => {
    await using directory = tempDir();
    const fd = await segmentDisk.create(directory.at('file'));
    await segmentDisk.write(fd, [Buffer.from('one two')], 0);
    await segmentDisk.truncate(fd, 3);
    await segmentDisk.close(fd);
    expect(readFileSync(directory.at('file'), 'utf8')).toBe('one');
  });

  test('reads what is there, and says when there is no file', async () => {
    await using directory = tempDir();
    writeFileSync(directory.at('file'), 'hello');
    expect((await segmentDisk.read(directory.at('file'), 3, 100))?.toString()).toBe('lo');
    expect(await segmentDisk.read(directory.at('missing'), 0, 1)).toBeUndefined();
    expect(await segmentDisk.read(directory.at('file', 'below'), 0, 1)).toBeUndefined();
  });

  test('lists files with their sizes, not directories; a missing directory has none', async () => {
    await using directory = tempDir();
    writeFileSync(directory.at('file'), 'hello');
    mkdirSync(directory.at('folder'));
    expect(await segmentDisk.list(directory.path)).toEqual([{ name: 'file', size: 5 }]);
    expect(await segmentDisk.list(directory.at('missing'))).toEqual([]);
  });

  test('removes what is there and does not mind what is not', async () => {
    await using directory = tempDir();
    writeFileSync(directory.at('file'), 'hello');
    await segmentDisk.remove(directory.at('file'));
    await segmentDisk.remove(directory.at('file'));
    mkdirSync(directory.at('folder'));
    writeFileSync(directory.at('folder', 'file'), 'hello');
    await segmentDisk.removeAll(directory.at('folder'));
    await segmentDisk.removeAll(directory.at('folder'));
    expect(await segmentDisk.list(directory.path)).toEqual([]);
  });

  test('fails when it can not write', async () => {
    await using directory = tempDir();
    writeFileSync(directory.at('file'), '');
    await expect(segmentDisk.create(directory.at('file', 'below'))).rejects.toThrow();
  });
});
