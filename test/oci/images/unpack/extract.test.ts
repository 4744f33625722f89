import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { runUnpack } from '../../../../src/oci/images/unpack/run-unpack.ts';
import { unpack } from '../../../../src/oci/images/unpack/unpack.ts';
import { requires } from '../../../harness/requires.ts';
import { tempDir, type TempDir } from '../../../harness/temp-dir.ts';
import { openStage } from '../image-stage.ts';
import { digestOf } from '../tiny-registry.ts';
import { entry, tar, type TarPart } from '../tar-writer.ts';

const LIMITS = { bytes: 1_000_000, entries: 1000, minFree: 0 };

interface Tree {
  readonly directory: TempDir;
  at(...names: string[]): string;
  run(archive: Buffer, limits?: typeof LIMITS): ReturnType<typeof unpack>;
}

async function withTree(work: (tree: Tree) => Promise<void>): Promise<void> {
  await using directory = tempDir();
  mkdirSync(directory.at('out'));
  mkdirSync(directory.at('root'));
  writeFileSync(directory.at('out', 'secret'), 'untouched');
  await work({
    directory,
    at: (...names) => directory.at('root', ...names),
    run: (archive, limits = LIMITS) => {
      writeFileSync(directory.at('archive'), archive);
      const request = {
        type: 'extract',
        archive: directory.at('archive'),
        target: directory.at('root'),
        limits,
        sync: false,
      } as const;
      return unpack(request, () => undefined);
    },
  });
  expect(readFileSync(directory.at('out', 'secret'), 'utf8')).toBe('untouched');
  expect(existsSync(directory.at('out', 'evil'))).toBe(false);
}

/** Archives that try to get out, to fill the machine, or to steer what reads them; `OUT` is a directory beside the tree. */
const hostile: Record<string, readonly TarPart[]> = {
  'a name that climbs out': [{ name: '../out/evil', content: 'x' }],
  'a name that climbs out further in': [{ name: 'a/b/../../../out/evil', content: 'x' }],
  'a directory that climbs out': [{ name: 'a/..', type: '5' }],
  'a file behind an absolute link': [
    { name: 'x', type: '2', link: 'OUT' },
    { name: 'x/evil', content: 'x' },
  ],
  'a file behind a relative link': [
    { name: 'x', type: '2', link: '../out' },
    { name: 'x/evil', content: 'x' },
  ],
  'a file behind links of links': [
    { name: 'a', type: '2', link: '..' },
    { name: 'b', type: '2', link: 'a/out' },
    { name: 'b/evil', content: 'x' },
  ],
  'a directory behind a link': [
    { name: 'x', type: '2', link: 'OUT' },
    { name: 'x/evil/', type: '5' },
  ],
  'a link behind a link': [
    { name: 'x', type: '2', link: 'OUT' },
    { name: 'x/evil', type: '2', link: 'y' },
  ],
  'a directory that becomes a link': [
    { name: 'd/', type: '5' },
    { name: 'd', type: '2', link: 'OUT' },
    { name: 'd/evil', content: 'x' },
  ],
  'a hard link to outside': [{ name: 'x', type: '1', link: '../out/secret' }],
  'a hard link with an absolute target': [{ name: 'x', type: '1', link: 'OUT/secret' }],
  'a hard link through a link': [
    { name: 'l', type: '2', link: 'OUT' },
    { name: 'x', type: '1', link: 'l/secret' },
  ],
  'a hard link to what is not there': [{ name: 'x', type: '1', link: 'y' }],
  'a hard link to itself': [
    { name: 'x', content: 'x' },
    { name: './x', type: '1', link: 'x' },
  ],
  'a hard link to a directory': [
    { name: 'd/', type: '5' },
    { name: 'x', type: '1', link: 'd' },
  ],
  'a character device': [{ name: 'dev/mem', type: '3' }],
  'a block device': [{ name: 'dev/sda', type: '4' }],
  'a sparse file': [{ name: 'x', type: 'S', size: 0 }],
  'a file of 10 GB': [{ name: 'x', size: 10_000_000_000 }],
  'many files over the limit together': Array.from({ length: 11 }, (_, at) => ({
    name: `f${String(at)}`,
    content: Buffer.alloc(100_000),
  })),
  'more entries than allowed': Array.from({ length: 1001 }, (_, at) => ({ name: `f${String(at)}` })),
  'no name': [{ name: '' }],
  'a NUL in a name': [{ name: 'x', pax: { path: 'a\0b' } }],
  'a NUL in a link': [{ name: 'x', type: '2', pax: { linkpath: 'a\0b' } }],
  'a link to nothing': [{ name: 'x', type: '2' }],
  'a name longer than any file system takes': [{ name: 'x', pax: { path: 'n'.repeat(256) } }],
  'a path longer than any file system takes': [{ name: 'x', pax: { path: 'n/'.repeat(2100) } }],
  'a path too deep': [{ name: 'x', pax: { path: 'n/'.repeat(300) } }],
  'a file below a file': [
    { name: 'f', content: 'x' },
    { name: 'f/x', content: 'x' },
  ],
  'the root as a link': [{ name: './', type: '2', link: 'OUT' }],
  'an attribute of overlayfs': [{ name: 'd/', type: '5', pax: { 'SCHILY.xattr.trusted.overlay.redirect': '/etc' } }],
  'an attribute of overlayfs for users': [{ name: 'd/', type: '5', pax: { 'SCHILY.xattr.user.overlay.opaque': 'y' } }],
  'an attribute beyond all bounds': [{ name: 'x', pax: { 'SCHILY.xattr.user.x': 'x'.repeat(70_000) } }],
  'a mark of nothing': [{ name: '.wh.' }],
  'a mark that climbs out': [{ name: '.wh...' }],
  'a mark behind a link': [{ name: 'x', type: '2', link: 'OUT' }, { name: 'x/.wh.secret' }],
  'a file in a mark': [{ name: '.wh.x/evil', content: 'x' }],
  'a mark that hides all layers below': [{ name: '.wh..wh..opq' }],
};

describe('unpacking an archive', () => {
  test.each(Object.entries(hostile))('refuses %s, and nothing outside is touched', async (_, parts) => {
    await withTree(async ({ directory, run }) => {
      const link = (text: TarPart['link']): TarPart['link'] =>
        typeof text === 'string' ? text.replace('OUT', directory.at('out')) : text;
      const archive = Buffer.concat([
        ...parts.map((part) => entry({ ...part, ...(part.link === undefined ? {} : { link: link(part.link) ?? '' }) })),
        Buffer.alloc(1024),
      ]);
      await expect(run(archive)).rejects.toThrow(expect.objectContaining({ name: 'ArchiveError' }));
    });
  });

  test('says which entry, and why', async () => {
    await withTree(async ({ run }) => {
      const archive = tar({ name: 'x', type: '2', link: '/etc' }, { name: 'x/passwd', content: 'x' });
      await expect(run(archive)).rejects.toThrow('entry 2, "x/passwd": it would be written through the link "x"');
    });
  });

  test('refuses a million entries at the limit, in bounded memory', async () => {
    await withTree(async ({ run }) => {
      const one = entry({ name: 'd/', type: '5' });
      const archive = gzipSync(Buffer.concat(Array.from({ length: 20_000 }, () => one)), { level: 1 });
      await expect(run(archive, { ...LIMITS, entries: 10_000 })).rejects.toThrow('it has more than 10000 entries');
    });
  });

  test('stops before the disk is full', async () => {
    await withTree(async ({ run }) => {
      const archive = tar({ name: 'x', content: 'x' });
      await expect(run(archive, { ...LIMITS, minFree: 2 ** 52 })).rejects.toThrow(
        expect.objectContaining({ code: 'no-space' }),
      );
    });
  });

  test('keeps modes with setuid, times, links as they are, and names that are no text', async () => {
    await withTree(async ({ at, run }) => {
      const done = await run(
        gzipSync(
          tar(
            { name: './', type: '5', mode: 0o711, mtime: 1000 },
            { name: '/bin/su', content: 'su', mode: 0o4755, mtime: 2000 },
            { name: 'bin/SU', content: 'another' },
            { name: 'bin/hard', type: '1', link: './bin/su' },
            { name: 'abs', type: '2', link: '/etc/passwd' },
            { name: 'up', type: '2', link: '../../x' },
            { name: 'x', pax: { path: Buffer.from([0x62, 0xff]) }, content: 'bytes' },
            { name: 'late/', type: '5', mode: 0o500, mtime: 3000 },
            { name: 'late/file', content: 'in it' },
            { name: 'twice', content: 'first' },
            { name: 'twice', content: 'second' },
          ),
        ),
      );
      expect(statSync(at()).mode & 0o7777).toBe(0o711);
      expect(statSync(at('bin/su')).mode & 0o7777).toBe(0o4755);
      expect(statSync(at('bin/su')).mtimeMs).toBe(2_000_000);
      expect(statSync(at('bin/hard')).ino).toBe(statSync(at('bin/su')).ino);
      expect(readFileSync(at('bin/SU'), 'utf8')).toBe('another');
      expect([readlinkSync(at('abs')), readlinkSync(at('up'))]).toEqual(['/etc/passwd', '../../x']);
      expect(readFileSync(Buffer.concat([Buffer.from(`${at()}/`), Buffer.from([0x62, 0xff])]), 'utf8')).toBe('bytes');
      expect([statSync(at('late')).mode & 0o777, statSync(at('late')).mtimeMs]).toEqual([0o500, 3_000_000]);
      expect(readFileSync(at('twice'), 'utf8')).toBe('second');
      expect(done.entries).toBe(11);
    });
  });

  test.runIf(requires('root'))('gives files away, and makes the marks that overlayfs knows', async () => {
    await withTree(async ({ at, run }) => {
      const done = await run(
        tar(
          { name: 'mine', content: 'x', uid: 1000, gid: 1001 },
          { name: 'd/', type: '5' },
          { name: 'd/.wh.gone' },
          { name: 'o/', type: '5' },
          { name: 'o/.wh..wh..opq' },
          { name: '.wh.n' },
          { name: 'n/', type: '5' },
          { name: 'here', content: 'x' },
          { name: '.wh.here' },
          { name: '.wh..wh.plnk/1', content: 'x' },
          { name: 'fifo', type: '6' },
        ),
      );
      const name = (text: string): string => Buffer.from(text).toString('base64');
      expect(done.marks).toEqual({ removed: [name('d/gone')], opaque: [name('o'), name('n')], attributes: [] });
      expect(done.isMountable).toBe(true);
      expect([statSync(at('mine')).uid, statSync(at('mine')).gid]).toEqual([1000, 1001]);
      expect([lstatSync(at('d/gone')).isCharacterDevice(), lstatSync(at('d/gone')).rdev]).toEqual([true, 0]);
      expect(lstatSync(at('here')).isFile()).toBe(true);
      expect(lstatSync(at('fifo')).isFIFO()).toBe(true);
      expect(existsSync(at('.wh..wh.plnk'))).toBe(false);
    });
  });

  test.runIf(requires('root', 'umoci'))('makes the same tree of an image as umoci does', async () => {
    await withTree(async ({ directory }) => {
      for (const name of ['a', 'a/b', 'up', 'up/a']) mkdirSync(directory.at(name), { recursive: true });
      writeFileSync(directory.at('a/b/one'), '1');
      writeFileSync(directory.at('a/two'), '2', { mode: 0o640 });
      writeFileSync(directory.at('up/a/three'), '3');
      execFileSync('ln', ['-s', '/two', directory.at('a/link')]);
      const image = `${directory.at('layout')}:x`;
      const umoci = (...args: string[]): unknown => execFileSync('umoci', args, { stdio: 'pipe' });
      umoci('init', '--layout', directory.at('layout'));
      umoci('new', '--image', image);
      umoci('insert', '--image', image, directory.at('a'), '/a');
      umoci('insert', '--image', image, '--whiteout', '/a/b');
      umoci('insert', '--image', image, directory.at('up/a'), '/a');
      umoci('unpack', '--image', image, directory.at('bundle'));
      const list = (root: string): string =>
        execFileSync('find', ['.', '-mindepth', '1', '-printf', '%P %M %U:%G %s %l\n'], { cwd: root, encoding: 'utf8' })
          .split('\n')
          .toSorted()
          .join('\n');
      await using stage = await openStage();
      const taken = await stage.images.importer.add(
        { source: `oci:${directory.at('layout')}`, reference: 'x' },
        stage.watch,
      );
      const root = await stage.images.roots.prepare(taken, 'c', { kind: 'copied' }, stage.watch);
      const sizes = (text: string): string => text.replaceAll(/^(\S+ d\S+ \S+) \d+/gm, '$1');
      expect(sizes(list(root.path))).toBe(sizes(list(directory.at('bundle/rootfs'))));
    });
  });
});

describe('runUnpack()', () => {
  test('unpacks in a process of its own, and tells both digests', async () => {
    await withTree(async ({ directory, at }) => {
      const plain = tar({ name: 'x', content: 'content' });
      const packed = gzipSync(plain);
      writeFileSync(directory.at('archive'), packed);
      const request = {
        type: 'extract',
        archive: directory.at('archive'),
        target: at(),
        limits: LIMITS,
        sync: true,
      } as const;
      const done = await runUnpack(request, 'it', { signal: AbortSignal.timeout(20_000) });
      expect(done).toMatchObject({ digest: digestOf(packed), diffId: digestOf(plain), bytes: 7, entries: 1 });
      expect(readFileSync(at('x'), 'utf8')).toBe('content');
    });
  });

  test('names what it could not unpack, and ends when nobody waits', async () => {
    await withTree(async ({ directory, at }) => {
      writeFileSync(directory.at('archive'), tar({ name: 'dev/x', type: '3' }));
      const request = {
        type: 'extract',
        archive: directory.at('archive'),
        target: at(),
        limits: LIMITS,
        sync: false,
      } as const;
      const failing = runUnpack(request, 'the layer x', { signal: AbortSignal.timeout(20_000) });
      await expect(failing).rejects.toThrow(expect.objectContaining({ code: 'bad-image' }));
      await expect(failing).rejects.toThrow(
        /^Cannot unpack the layer x: entry 1, "dev\/x": it is a character device: /,
      );
      execFileSync('mkfifo', [directory.at('fifo')]);
      const stop = new AbortController();
      const waiting = runUnpack({ ...request, archive: directory.at('fifo') }, 'it', { signal: stop.signal });
      stop.abort(new Error('enough'));
      await expect(waiting).rejects.toThrow('enough');
    });
  });
});
