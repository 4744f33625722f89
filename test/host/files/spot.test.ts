import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { isAgentError } from '../../../src/protocol/agent-error.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { failure, localFiles, patient, watcher } from './local-files.fixture.ts';

const SWAPPER = new URL('../../fixtures/programs/swap-with-link.mjs', import.meta.url);

describe('a path in a confined tree', () => {
  test('leads wherever links, "." and ".." lead inside', async () => {
    await using directory = tempDir();
    const root = directory.at('root');
    await mkdir(path.join(root, 'a/b'), { recursive: true });
    await writeFile(path.join(root, 'a/file'), 'inside');
    await symlink('../a/file', path.join(root, 'a/up'));
    await symlink('b/../up', path.join(root, 'a/far'));
    await symlink(path.join(root, 'a'), path.join(root, 'absolute'));
    await using files = localFiles({ roots: [root] });
    for (const name of ['a/file', './a//file', 'a/b/../file', 'a/up', 'a/far', 'absolute/file', 'absolute/b/../up']) {
      expect(await files.tree.stat(`${root}/${name}`, true)).toMatchObject({ type: 'file', size: 6 });
    }
    expect(await files.tree.stat(`${root}/a/..`, true)).toMatchObject({ type: 'directory' });
    expect(await files.tree.stat(`${root}/a/up`, false)).toMatchObject({ type: 'link', target: '../a/file' });
  });

  test('is also known by the place where the root really is', async () => {
    await using directory = tempDir();
    await mkdir(directory.at('real'));
    await symlink('real', directory.at('called'));
    await writeFile(directory.at('real', 'file'), '');
    await symlink(directory.at('real', 'file'), directory.at('real', 'link'));
    await using files = localFiles({ roots: [directory.at('called')] });
    expect(await files.tree.exists(directory.at('called', 'file'))).toBe(true);
    expect(await files.tree.exists(directory.at('called', 'link'))).toBe(true);
    expect(await files.tree.exists(directory.at('real', 'file'))).toBe(true);
  });

  test.each([
    ['outside', 'is outside'],
    ['root/../outside', '".." leads out'],
    ['root/a/../../outside', '".." leads out'],
    ['root/absolute', 'leads to'],
    ['root/relative', '".." leads out'],
    ['root/directory/file', 'leads to'],
    ['rooted', 'is outside'],
    ['root/magic', 'leads to'],
  ])('does not lead out by %s', async (name, why) => {
    await using directory = tempDir();
    await mkdir(directory.at('root/a'), { recursive: true });
    await mkdir(directory.at('elsewhere'));
    for (const file of ['outside', 'rooted', 'elsewhere/file']) await writeFile(directory.at(file), 'secret');
    await symlink(directory.at('outside'), directory.at('root/absolute'));
    await symlink('../outside', directory.at('root/relative'));
    await symlink(directory.at('elsewhere'), directory.at('root/directory'));
    await symlink('/proc/self/root', directory.at('root/magic'));
    await using files = localFiles({ roots: [directory.at('root')] });
    const file = `${directory.path}/${name}`;
    const attempts = [
      () => files.tree.stat(file, true),
      () => files.tree.exists(file),
      () => files.tree.list(file, { limit: 1, signal: patient }),
      () => files.handles.open(file, 'r', 0),
      () => files.handles.open(file, 'w', 0o644),
      () => files.tree.mkdir(`${file}/new`, 0o755),
      () => files.tree.chmod(file, 0o777, true, watcher()),
      () => files.tree.chown(file, { user: '0' }, true, watcher()),
      () => files.tree.move(`${file}/x`, directory.at('root', 'taken')),
      () => files.tree.remove(`${file}/x`, watcher()),
      () => files.transfers.upload({ path: file, key: 'k', offset: 0, block: new Uint8Array(1), signal: patient }),
      () => files.transfers.download({ path: file, offset: 0, size: 1, signal: patient }),
    ];
    for (const attempt of attempts) {
      const { code, message } = await failure(attempt());
      expect([code, message]).toEqual(['forbidden', expect.stringContaining(why)]);
    }
    expect(await readFile(directory.at('outside'), 'utf8')).toBe('secret');
    expect(await readdir(directory.at('elsewhere'))).toEqual(['file']);
  });

  test('with links in a circle is refused', async () => {
    await using directory = tempDir();
    await symlink('b', directory.at('a'));
    await symlink('a', directory.at('b'));
    for (const roots of [[directory.path], []]) {
      await using files = localFiles({ roots });
      expect(await failure(files.tree.stat(directory.at('a'), true))).toMatchObject({ code: 'bad-path' });
    }
  });

  test('never leads out while a directory is swapped for a link, and back, again and again', async () => {
    await using directory = tempDir();
    const [root, outside] = [directory.at('root'), directory.at('outside')];
    await mkdir(path.join(root, 'victim'), { recursive: true });
    await mkdir(outside);
    await writeFile(path.join(outside, 'file'), 'secret', { mode: 0o640 });
    await writeFile(path.join(root, 'victim/file'), 'public', { mode: 0o600 });
    await symlink(outside, path.join(root, 'link'));
    await using files = localFiles({ roots: [root] });
    const counters = new Int32Array(new SharedArrayBuffer(8));
    const names = { directory: `${root}/victim`, link: `${root}/link`, aside: `${root}/aside` };
    const swapper = new Worker(SWAPPER, { workerData: { ...names, counters } });
    const read = async (): Promise<void> => {
      const handle = await files.handles.open(`${root}/victim/file`, 'r', 0);
      const bytes = await files.handles.read(handle, 100).finally(() => files.handles.close(handle));
      expect(Buffer.from(bytes).toString()).toMatch(/^(public|)$/);
    };
    const write = async (): Promise<void> => {
      const handle = await files.handles.open(`${root}/victim/file`, 'w', 0o600);
      await files.handles.write(handle, Buffer.from('public')).finally(() => files.handles.close(handle));
    };
    const attempts = [
      read,
      write,
      () => files.tree.stat(`${root}/victim/file`, true).then(({ size }) => expect(size).toBeLessThanOrEqual(6)),
      () =>
        files.tree
          .list(`${root}/victim`, { limit: 10, signal: patient })
          .then(({ entries }) => expect(entries.map(({ mode }) => mode)).not.toContain(0o640)),
      () => files.tree.mkdir(`${root}/victim/made/deep`, 0o755),
      () => files.tree.remove(`${root}/victim/made`, watcher()),
      () => files.tree.chmod(`${root}/victim`, 0o700, true, watcher()),
      () => files.tree.move(`${root}/victim/file`, `${root}/victim/moved`),
      () => files.tree.move(`${root}/victim/moved`, `${root}/victim/file`),
      () =>
        files.transfers.upload({
          path: `${root}/victim/sent`,
          key: 'swapped1',
          offset: 0,
          block: Buffer.from('x'),
          signal: patient,
        }),
    ];
    const counts = { done: 0, refused: 0 };
    for (let round = 0; round < 150; round += 1) {
      for (const attempt of attempts) {
        try {
          await attempt();
          counts.done += 1;
        } catch (error) {
          if (!isAgentError(error)) throw error;
          counts.refused += 1;
        }
      }
    }
    Atomics.store(counters, 0, 1);
    await once(swapper, 'exit');
    expect(await readFile(path.join(outside, 'file'), 'utf8')).toBe('secret');
    expect(await readdir(outside)).toEqual(['file']);
    expect(Atomics.load(counters, 1)).toBeGreaterThan(100);
    expect(counts.done).toBeGreaterThan(0);
    expect(counts.refused).toBeGreaterThan(0);
  });

  test('never leads a removal out while what is removed is swapped for a link', async () => {
    await using directory = tempDir();
    const [root, outside] = [directory.at('root'), directory.at('outside')];
    await mkdir(path.join(outside, 'kept'), { recursive: true });
    for (const name of ['a', 'b', 'kept/c']) await writeFile(path.join(outside, name), 'kept');
    for (const roots of [[root], []]) {
      await using files = localFiles({ roots });
      for (let round = 0; round < 60; round += 1) {
        await mkdir(path.join(root, 'tree/inner/kept'), { recursive: true });
        for (const name of ['a', 'b', 'kept/c']) await writeFile(path.join(root, 'tree/inner', name), 'gone');
        await symlink(outside, path.join(root, 'tree/link'));
        await symlink(outside, path.join(root, 'swap'));
        const removing = files.tree.remove(path.join(root, 'tree'), watcher()).catch(() => undefined);
        for (let turn = 0; turn < round % 12; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        await rename(path.join(root, 'tree/inner'), path.join(root, 'inner')).catch(() => undefined);
        await rename(path.join(root, 'swap'), path.join(root, 'tree/inner')).catch(() => undefined);
        await removing;
        for (const name of ['tree', 'inner', 'swap']) await files.tree.remove(path.join(root, name), watcher());
      }
    }
    expect(await readdir(outside, { recursive: true })).toEqual(['a', 'b', 'kept', 'kept/c']);
  });
});

describe('a path in a tree that is not confined', () => {
  test('leads where the system says, links of /proc included', async () => {
    await using directory = tempDir();
    await writeFile(directory.at('file'), 'here');
    await using files = localFiles();
    expect(await files.tree.stat('/proc/self/exe', true)).toMatchObject({ type: 'file' });
    expect(await files.tree.exists(`/proc/self/root${directory.at('file')}`)).toBe(true);
    expect(await files.tree.stat('/', true)).toMatchObject({ type: 'directory', path: '/' });
  });

  test('through a link to nothing makes what it leads to', async () => {
    await using directory = tempDir();
    await symlink('new', directory.at('link'));
    for (const roots of [[], [directory.path]]) {
      await using files = localFiles({ roots });
      const handle = await files.handles.open(directory.at('link'), 'w', 0o644);
      await files.handles.write(handle, Buffer.from('made'));
      await files.handles.close(handle);
      expect(await readFile(directory.at('new'), 'utf8')).toBe('made');
      await files.tree.remove(directory.at('new'), watcher());
    }
  });
});
