import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';

import { describe, expect, test } from 'vitest';

import { AT_ONCE, Held } from '../../src/files/held.ts';
import { type Unpacked, unpackTree } from '../../src/files/unpack-tree.ts';
import { tempDir, type TempDir } from '../harness/temp-dir.ts';
import { tar, type TarPart } from '../oci/images/tar-writer.ts';

/** Unpacks in `<directory>/tree`; `between` is called before the second half of the archive. */
async function unpack(
  directory: TempDir,
  parts: readonly TarPart[],
  { as, between }: { readonly as?: { name: string; of?: string }; readonly between?: () => void } = {},
): Promise<Unpacked> {
  await using held = await Held.open(AT_ONCE, directory.at('tree'));
  const target = as
    ? ({ type: 'as', parent: held, name: as.name, of: as.of } as const)
    : ({ type: 'into', directory: held } as const);
  const chunks = async function* (): AsyncGenerator<Buffer> {
    const bytes = tar(...parts);
    for (let at = 0; at < bytes.length; at += 512) {
      yield await Promise.resolve(bytes.subarray(at, at + 512));
      if (at === 512 * parts.length) between?.();
    }
  };
  return await unpackTree(chunks(), target, { turns: AT_ONCE, shown: '"/shown"' });
}

function trees(): TempDir {
  const directory = tempDir();
  mkdirSync(directory.at('tree'));
  mkdirSync(directory.at('outside'));
  writeFileSync(directory.at('outside', 'kept'), 'kept');
  return directory;
}

const outsideIsUntouched = (directory: TempDir): void => {
  expect(readdirSync(directory.at('outside'))).toEqual(['kept']);
  expect(readFileSync(directory.at('outside', 'kept'), 'utf8')).toBe('kept');
};

describe('unpackTree()', () => {
  test('writes what other programs pack, with modes and times', async () => {
    await using directory = trees();
    mkdirSync(directory.at('in', 'closed'), { recursive: true });
    writeFileSync(directory.at('in', 'closed', 'file'), 'content', { mode: 0o600 });
    symlinkSync('/nowhere', directory.at('in', 'link'));
    execFileSync('sh', ['-c', 'chmod 500 closed; touch -d @1000000000.25 closed closed/file; touch -hd @5 link'], {
      cwd: directory.at('in'),
    });
    const bytes = execFileSync('tar', ['--format=posix', '-cf', '-', '-C', directory.at('in'), '.']);
    await using held = await Held.open(AT_ONCE, directory.at('tree'));
    const target = { type: 'into', directory: held } as const;
    const chunks = async function* (): AsyncGenerator<Buffer> {
      yield await Promise.resolve(bytes);
    };
    const done = await unpackTree(chunks(), target, { turns: AT_ONCE, shown: '"/shown"' });
    expect(done).toEqual({ entries: 4, bytes: 7 });
    const closed = statSync(directory.at('tree', 'closed'));
    expect([closed.mode & 0o7777, closed.mtimeMs]).toEqual([0o500, 1_000_000_000_250]);
    expect(statSync(directory.at('tree', 'closed', 'file')).mtimeMs).toBe(1_000_000_000_250);
    expect(lstatSync(directory.at('tree', 'link')).mtimeMs).toBe(5000);
  });

  test.each([
    ['..', [{ name: '../outside/bad', content: 'bad' }], 'has ".." in its name'],
    [
      'a link of the archive',
      [
        { name: 'a', type: '2', link: '../outside' },
        { name: 'a/kept', content: 'bad' },
      ],
      'there is a link',
    ],
    ['a hard link', [{ name: 'a', type: '1', link: '../outside/kept' }], 'it is a hardlink'],
    ['a device', [{ name: 'a', type: '3' }], 'it is a character device'],
  ])('writes nothing outside by %s', async (_, parts, message) => {
    await using directory = trees();
    await expect(unpack(directory, parts)).rejects.toMatchObject({ message: expect.stringContaining(message) });
    outsideIsUntouched(directory);
  });

  test('begins at the tree for names that begin with a slash', async () => {
    await using directory = trees();
    await unpack(directory, [{ name: '/etc/file', content: 'x' }]);
    expect(readFileSync(directory.at('tree', 'etc', 'file'), 'utf8')).toBe('x');
  });

  test('replaces a link instead of writing to where it leads', async () => {
    await using directory = trees();
    symlinkSync(directory.at('outside', 'kept'), directory.at('tree', 'kept'));
    await unpack(directory, [{ name: 'kept', content: 'new' }]);
    expect(lstatSync(directory.at('tree', 'kept')).isFile()).toBe(true);
    outsideIsUntouched(directory);
  });

  test('stays in the directory it is in, although a link takes the place of that', async () => {
    await using directory = trees();
    const parts = [
      { name: 'a/', type: '5' },
      { name: 'a/first', content: 'x'.repeat(600) },
      { name: 'a/kept', content: 'bad' },
      { name: 'b', content: 'b' },
    ];
    await unpack(directory, parts, {
      between: () => {
        renameSync(directory.at('tree', 'a'), directory.at('moved'));
        symlinkSync('../outside', directory.at('tree', 'a'));
      },
    });
    outsideIsUntouched(directory);
    expect(readdirSync(directory.at('moved')).toSorted()).toEqual(['first', 'kept']);
  });

  test('says what was copied before it failed, and leaves no half files', async () => {
    await using directory = trees();
    mkdirSync(directory.at('tree', 'b'));
    const parts = [
      { name: 'a', content: 'a' },
      { name: 'b', content: 'b' },
    ];
    await expect(unpack(directory, parts)).rejects.toMatchObject({
      code: 'file-exists',
      message: 'Cannot write "b" to "/shown": there is a directory of this name; 1 entry was copied before',
    });
    const cut = async function* (): AsyncGenerator<Buffer> {
      yield await Promise.resolve(tar({ name: 'c', content: 'c'.repeat(5000) }).subarray(0, 2048));
    };
    await using held = await Held.open(AT_ONCE, directory.at('tree'));
    const target = { type: 'into', directory: held } as const;
    await expect(unpackTree(cut(), target, { turns: AT_ONCE, shown: '"/shown"' })).rejects.toMatchObject({
      message: 'Cannot copy to "/shown": it ends in the middle',
    });
    expect(readdirSync(directory.at('tree')).toSorted()).toEqual(['a', 'b']);
  });

  test('gives an entry another name, and refuses what stands beside it', async () => {
    await using directory = trees();
    const parts = [
      { name: 'site/', type: '5' },
      { name: 'site/file', content: 'x' },
    ];
    await unpack(directory, parts, { as: { name: 'www', of: 'site' } });
    expect(readdirSync(directory.at('tree', 'www'))).toEqual(['file']);
    const two = [...parts, { name: 'other', content: 'x' }];
    await expect(unpack(directory, two, { as: { name: 'www', of: 'site' } })).rejects.toMatchObject({
      message: expect.stringContaining('it has "other" beside "site"'),
    });
    await unpack(directory, two, { as: { name: 'all' } });
    expect(readdirSync(directory.at('tree', 'all')).toSorted()).toEqual(['other', 'site']);
  });
});
