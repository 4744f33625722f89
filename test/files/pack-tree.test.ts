import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { AT_ONCE, Held } from '../../src/files/held.ts';
import { packTree } from '../../src/files/pack-tree.ts';
import { TarReader } from '../../src/files/tar-reader.ts';
import type { TarItem } from '../../src/files/tar-writer.ts';
import { tempDir, type TempDir } from '../harness/temp-dir.ts';

interface Packing {
  readonly name?: string;
  readonly onItem?: (item: TarItem) => void;
}

/** Names of an archive with what they are, and what is in files. */
async function pack(path: string, { name = 'top', onItem }: Packing = {}): Promise<Map<string, string>> {
  await using tree = await Held.open(AT_ONCE, path);
  const seen = new Map<string, string>();
  let last = '';
  const reader = new TarReader({
    entry: ({ name: entry, type, linkName }) => {
      last = entry.toString();
      seen.set(last, type === 'file' ? '' : type === 'symlink' ? `-> ${linkName.toString()}` : type);
    },
    data: (bytes) => void seen.set(last, `${seen.get(last) ?? ''}${bytes.toString()}`),
    entryEnd: () => undefined,
  });
  const options = { turns: AT_ONCE, shown: '/shown', name: name === '' ? undefined : name };
  for await (const chunk of packTree(tree, { ...options, ...(onItem && { onItem }) })) reader.push(chunk);
  reader.end();
  return seen;
}

/** Outside is what must not get in. */
function treeIn(directory: TempDir): string {
  mkdirSync(directory.at('outside'));
  writeFileSync(directory.at('outside', 'secret'), 'secret');
  mkdirSync(directory.at('tree', 'sub'), { recursive: true });
  writeFileSync(directory.at('tree', 'sub', 'secret'), 'inside');
  return directory.at('tree');
}

describe('packTree()', () => {
  test('packs a directory, what is in it, and a file', async () => {
    await using directory = tempDir();
    const tree = treeIn(directory);
    const below = { 'top/sub/': 'directory', 'top/sub/secret': 'inside' };
    expect(Object.fromEntries(await pack(tree))).toEqual({ 'top/': 'directory', ...below });
    expect([...(await pack(tree, { name: '' })).keys()]).toEqual(['./', 'sub/', 'sub/secret']);
    expect(Object.fromEntries(await pack(`${tree}/sub/secret`, { name: 'x' }))).toEqual({ x: 'inside' });
  });

  test('follows no link, also not one that takes the place of a directory meanwhile', async () => {
    await using directory = tempDir();
    const tree = treeIn(directory);
    symlinkSync('../outside', `${tree}/link`);
    const exchange = ({ name }: TarItem): void => {
      if (name.toString() !== 'top') return;
      renameSync(`${tree}/sub`, directory.at('away'));
      symlinkSync('../outside', `${tree}/sub`);
    };
    const seen = await pack(tree, { onItem: exchange });
    expect(Object.fromEntries(seen)).toEqual({
      'top/': 'directory',
      'top/link': '-> ../outside',
      'top/sub': '-> ../outside',
    });
  });

  test('reads a directory that it is in, wherever that is moved and whatever takes its place', async () => {
    await using directory = tempDir();
    const tree = treeIn(directory);
    const exchange = ({ name }: TarItem): void => {
      if (name.toString() !== 'top/sub') return;
      renameSync(`${tree}/sub`, directory.at('away'));
      symlinkSync('../outside', `${tree}/sub`);
    };
    expect((await pack(tree, { onItem: exchange })).get('top/sub/secret')).toBe('inside');
  });

  test('leaves out what is removed meanwhile, and refuses what became shorter', async () => {
    await using directory = tempDir();
    const tree = treeIn(directory);
    const remove = ({ name }: TarItem): void => {
      if (name.toString() === 'top') rmSync(`${tree}/sub`, { recursive: true });
    };
    expect([...(await pack(tree, { onItem: remove })).keys()]).toEqual(['top/']);
    writeFileSync(`${tree}/large`, Buffer.alloc(600_000));
    const shorten = ({ type }: TarItem): void => {
      if (type === 'file') truncateSync(`${tree}/large`, 300_000);
    };
    await expect(pack(tree, { onItem: shorten })).rejects.toMatchObject({
      code: 'file-changed',
      message: 'Cannot copy "/shown/large": it became shorter while it was read',
    });
  });

  test('refuses what is no file, directory or link, by its name', async () => {
    await using directory = tempDir();
    const tree = treeIn(directory);
    execFileSync('mkfifo', [`${tree}/sub/a\npipe`]);
    await expect(pack(tree)).rejects.toMatchObject({
      code: 'bad-path',
      message: expect.stringContaining('"/shown/sub/a\\npipe": it is a fifo'),
    });
    await expect(pack('/dev/null')).rejects.toMatchObject({ message: expect.stringContaining('character device') });
  });
});
