import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { requires } from '../../harness/requires.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { failure, localFiles, patient, watcher } from './local-files.fixture.ts';

describe('FileTree', () => {
  test('stat() tells type, size, mode, owner, times and where a link leads', async () => {
    await using directory = tempDir();
    await using files = localFiles();
    await writeFile(directory.at('file'), 'hello', { mode: 0o640 });
    await symlink('file', directory.at('link'));
    const { mtimeMs, uid, gid } = await stat(directory.at('file'));
    const told = await files.tree.stat(directory.at('file'), false);
    expect(told).toMatchObject({ type: 'file', size: 5, mode: 0o640, is_dir: false, uid, gid, links: 1 });
    expect(told.modified).toBe(Math.floor(mtimeMs));
    expect(told.user).toBe(execFileSync('id', ['-un', String(uid)], { encoding: 'utf8' }).trim());
    expect(await files.tree.stat(directory.at('link'), false)).toMatchObject({ type: 'link', target: 'file' });
    expect(await files.tree.stat(directory.at('link'), true)).toMatchObject({ type: 'file', size: 5 });
    expect(await files.tree.stat(directory.path, false)).toMatchObject({ type: 'directory', is_dir: true });
    expect(await files.tree.stat('/dev/null', false)).toMatchObject({ type: 'character-device' });
    expect(await failure(files.tree.stat(directory.at('none'), false))).toEqual({
      code: 'no-such-file',
      message: `Cannot use "${directory.at('none')}": there is no such file or directory`,
    });
  });

  test('stat() and exists() look at a fifo and a socket without waiting for anybody', async () => {
    await using directory = tempDir();
    execFileSync('mkfifo', [directory.at('fifo')]);
    const server = createServer().listen(directory.at('socket'));
    for (const roots of [[], [directory.path]]) {
      await using files = localFiles({ roots });
      expect(await files.tree.stat(directory.at('fifo'), true)).toMatchObject({ type: 'fifo' });
      expect(await files.tree.stat(directory.at('socket'), true)).toMatchObject({ type: 'socket' });
      expect(await files.tree.exists(directory.at('fifo'))).toBe(true);
    }
    await new Promise((resolve) => server.close(resolve));
  });

  test('exists() is false only where nothing is', async () => {
    await using directory = tempDir();
    await using files = localFiles();
    await symlink('nowhere', directory.at('link'));
    await writeFile(directory.at('file'), '');
    expect(await files.tree.exists(directory.path)).toBe(true);
    expect(await files.tree.exists(directory.at('none'))).toBe(false);
    expect(await files.tree.exists(directory.at('none', 'deeper'))).toBe(false);
    expect(await files.tree.exists(directory.at('link'))).toBe(false);
    expect(await failure(files.tree.exists(directory.at('file', 'below')))).toMatchObject({ code: 'bad-path' });
  });

  test('mkdir() makes what is missing, and takes what is there', async () => {
    await using directory = tempDir();
    for (const [at, roots] of [[], [directory.path]].entries()) {
      await using files = localFiles({ roots });
      const made = directory.at(`${at}`, 'b', 'c');
      await files.tree.mkdir(made, 0o711);
      await files.tree.mkdir(made, 0o700);
      expect((await stat(made)).mode & 0o700).toBe(0o700);
      await writeFile(directory.at(`${at}`, 'file'), '');
      expect((await failure(files.tree.mkdir(directory.at(`${at}`, 'file'), 0o755))).code).toBe('file-exists');
      expect((await failure(files.tree.mkdir(directory.at(`${at}`, 'file', 'x'), 0o755))).code).toBe('bad-path');
    }
  });

  test('remove() takes a whole tree, names that are no text included, and no more than links themselves', async () => {
    await using directory = tempDir();
    await mkdir(directory.at('outside'));
    await writeFile(directory.at('outside', 'kept'), '');
    for (const roots of [[], [directory.path]]) {
      await using files = localFiles({ roots });
      await mkdir(directory.at('tree/a/b'), { recursive: true });
      await symlink(directory.at('outside'), directory.at('tree/a/link'));
      writeFileSync(Buffer.concat([Buffer.from(`${directory.at('tree/a/b')}/`), Buffer.from([0xff, 0xfe])]), '');
      expect(await files.tree.remove(directory.at('tree'), watcher())).toBe(5);
      expect(await readdir(directory.path)).toEqual(['outside']);
      expect(await files.tree.remove(directory.at('tree'), watcher())).toBe(0);
      expect(await files.tree.remove(directory.at('none/deeper'), watcher())).toBe(0);
      await symlink('outside', directory.at('link'));
      expect(await files.tree.remove(directory.at('link'), watcher())).toBe(1);
    }
    expect(await readdir(directory.at('outside'))).toEqual(['kept']);
  });

  test('remove() takes more entries than are read at once, and trees that are deep', async () => {
    await using directory = tempDir();
    await using files = localFiles({ roots: [directory.path] });
    mkdirSync(directory.at('wide'));
    for (let at = 0; at < 3000; at += 1) writeFileSync(directory.at('wide', `${at}`), '');
    expect(await files.tree.remove(directory.at('wide'), watcher())).toBe(3001);
    const deep = directory.at(...Array.from({ length: 300 }, () => 'deep'));
    mkdirSync(deep, { recursive: true });
    expect(await files.tree.remove(directory.at('deep'), watcher())).toBe(300);
  });

  test('remove() and move() leave roots and "/" alone', async () => {
    await using directory = tempDir();
    await mkdir(directory.at('root/inner/deep'), { recursive: true });
    await using files = localFiles({ roots: [directory.at('root'), directory.at('root/inner')] });
    for (const name of ['root', 'root/.', 'root/inner', 'root/inner/deep/..']) {
      const code = (await failure(files.tree.remove(`${directory.path}/${name}`, watcher()))).code;
      expect(code).toBe('forbidden');
      const target = directory.at('root/taken');
      expect((await failure(files.tree.move(`${directory.path}/${name}`, target))).code).toBe('forbidden');
    }
    await using free = localFiles();
    for (const name of ['/', '/.', '/..', '/tmp/..', '//'])
      expect((await failure(free.tree.remove(name, watcher()))).code).toBe('forbidden');
    expect(await readdir(directory.at('root/inner'))).toEqual(['deep']);
  });

  test('move() renames, replaces a file, and says why it can not', async () => {
    await using directory = tempDir();
    await using files = localFiles({ roots: [directory.path] });
    await writeFile(directory.at('a'), 'new');
    await writeFile(directory.at('b'), 'old');
    await files.tree.move(directory.at('a'), directory.at('b'));
    expect(await readFile(directory.at('b'), 'utf8')).toBe('new');
    await mkdir(directory.at('full/inner'), { recursive: true });
    await mkdir(directory.at('empty'));
    expect((await failure(files.tree.move(directory.at('none'), directory.at('x')))).code).toBe('no-such-file');
    expect((await failure(files.tree.move(directory.at('b'), directory.at('none/x')))).code).toBe('no-such-file');
    expect((await failure(files.tree.move(directory.at('b'), directory.at('full')))).code).toBe('bad-path');
    expect((await failure(files.tree.move(directory.at('empty'), directory.at('full')))).code).toBe('file-exists');
    expect((await failure(files.tree.move(directory.at('full'), directory.at('full/inner/x')))).code).toBe('bad-path');
  });

  test.runIf(requires('mounts'))('move() does not go to another file system', async () => {
    await using directory = tempDir();
    await using files = localFiles();
    await writeFile(directory.at('a'), '');
    await mkdir(directory.at('mounted'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory.at('mounted')]);
    try {
      expect(await failure(files.tree.move(directory.at('a'), directory.at('mounted/a')))).toMatchObject({
        code: 'not-able',
        message: expect.stringContaining('different file systems'),
      });
      expect((await failure(files.tree.remove(directory.at('mounted'), watcher()))).code).toBe('not-able');
    } finally {
      execFileSync('umount', [directory.at('mounted')]);
    }
  });

  test('chmod() changes one file, or a tree without what its links lead to', async () => {
    await using directory = tempDir();
    await using files = localFiles({ roots: [directory.path] });
    await mkdir(directory.at('tree/inner'), { recursive: true });
    await writeFile(directory.at('tree/inner/file'), '');
    await writeFile(directory.at('other'), '', { mode: 0o600 });
    await symlink(directory.at('other'), directory.at('tree/link'));
    expect(await files.tree.chmod(directory.at('tree/link'), 0o604, false, watcher())).toBe(1);
    expect((await stat(directory.at('other'))).mode & 0o7777).toBe(0o604);
    expect(await files.tree.chmod(directory.at('tree'), 0o2770, true, watcher())).toBe(3);
    for (const name of ['tree', 'tree/inner', 'tree/inner/file'])
      expect((await stat(directory.at(name))).mode & 0o7777).toBe(0o2770);
    expect((await stat(directory.at('other'))).mode & 0o7777).toBe(0o604);
    expect((await failure(files.tree.chmod(directory.at('none'), 0o600, false, watcher()))).code).toBe('no-such-file');
  });

  test.runIf(requires('root'))('chown() takes names and numbers, and gives links themselves away', async () => {
    await using directory = tempDir();
    await using files = localFiles({ roots: [directory.path] });
    await mkdir(directory.at('tree'));
    await writeFile(directory.at('tree/file'), '');
    await writeFile(directory.at('other'), '');
    await symlink(directory.at('other'), directory.at('tree/link'));
    expect(await files.tree.chown(directory.at('tree'), { user: '1234', group: '4321' }, true, watcher())).toBe(3);
    for (const name of ['tree', 'tree/file', 'tree/link'])
      expect(await lstat(directory.at(name))).toMatchObject({ uid: 1234, gid: 4321 });
    expect((await stat(directory.at('other'))).uid).toBe(0);
    await files.tree.chown(directory.at('tree/file'), { user: 'root' }, false, watcher());
    expect(await stat(directory.at('tree/file'))).toMatchObject({ uid: 0, gid: 4321 });
    expect(await failure(files.tree.chown(directory.path, { user: 'nobody-here' }, false, watcher()))).toEqual({
      code: 'bad-arguments',
      message: 'Cannot find user "nobody-here": it is not in /etc/passwd',
    });
    expect((await failure(files.tree.chown(directory.path, { group: 'none-here' }, false, watcher()))).code).toBe(
      'bad-arguments',
    );
  });

  test.runIf(requires('root'))('work on a tree goes on past what fails, and tells each', async () => {
    await using directory = tempDir();
    await using files = localFiles({ roots: [directory.path] });
    await mkdir(directory.at('tree/theirs'), { recursive: true });
    await mkdir(directory.at('tree/ours'));
    for (const name of ['theirs/a', 'theirs/b', 'ours/c']) await writeFile(directory.at('tree', name), '');
    await openToAll(directory.path);
    for (const name of ['tree', 'tree/ours', 'tree/ours/c']) await chown(directory.at(name), 1234, 1234);
    await chown(directory.path, 1234, 1234);
    process.seteuid?.(1234);
    try {
      const removal = watcher();
      expect(await failure(files.tree.remove(directory.at('tree'), removal))).toEqual({
        code: 'failed',
        message: expect.stringMatching(
          /^Cannot remove ".*" as a whole: 2 of 4 entries failed: .*theirs\/[ab]": the agent may not do this \(EACCES\)/,
        ),
      });
      expect(removal.troubles).toHaveLength(2);
      const change = watcher();
      expect((await failure(files.tree.chmod(directory.at('tree'), 0o700, true, change))).code).toBe('failed');
      expect(change.troubles.toSorted()).toEqual(
        ['theirs', 'theirs/a', 'theirs/b'].map(
          (name) => `"${directory.at('tree', name)}": the agent may not do this (EPERM)`,
        ),
      );
      expect((await failure(files.tree.chmod(directory.at('tree/theirs/a'), 0o700, false, watcher()))).code).toBe(
        'forbidden',
      );
    } finally {
      process.seteuid?.(0);
    }
    expect(await readdir(directory.at('tree'))).toEqual(['theirs']);
    expect((await stat(directory.at('tree'))).mode & 0o777).toBe(0o700);
  });

  test.runIf(requires('root'))('chmod() opens a tree that it was locked out of', async () => {
    await using directory = tempDir();
    await using files = localFiles({ roots: [directory.path] });
    await mkdir(directory.at('tree/inner'), { recursive: true });
    await openToAll(directory.path);
    for (const name of ['tree/inner', 'tree']) {
      await chown(directory.at(name), 1234, 1234);
      await chmod(directory.at(name), 0);
    }
    process.seteuid?.(1234);
    try {
      expect(await files.tree.chmod(directory.at('tree'), 0o700, true, watcher())).toBe(2);
      expect(await files.tree.chmod(directory.at('tree'), 0, true, watcher())).toBe(2);
    } finally {
      process.seteuid?.(0);
    }
  });

  test('work on a tree ends with whoever waits for it', async () => {
    await using directory = tempDir();
    await using files = localFiles();
    mkdirSync(directory.at('tree'));
    for (let at = 0; at < 100; at += 1) writeFileSync(directory.at('tree', `${at}`), '');
    const signal = AbortSignal.abort(new Error('gone'));
    expect(
      (await failure(files.tree.remove(directory.at('tree'), { signal, onTrouble: () => undefined }))).message,
    ).toContain('gone');
    expect(await readdir(directory.at('tree'))).toHaveLength(100);
  });

  test('list() gives pages that hold every name once, in order', async () => {
    await using directory = tempDir();
    await using files = localFiles({ roots: [directory.path] });
    mkdirSync(directory.at('d'));
    const names = Array.from({ length: 2500 }, (_, at) => `n${String(at).padStart(4, '0')}-ü`);
    for (const name of names) writeFileSync(directory.at('d', name), '');
    writeFileSync(Buffer.concat([Buffer.from(`${directory.at('d')}/`), Buffer.from([0xff])]), 'raw');
    const seen: string[] = [];
    let after: string | undefined;
    let pages = 0;
    do {
      const page = await files.tree.list(directory.at('d'), {
        limit: 700,
        signal: patient,
        ...(after === undefined ? {} : { after }),
      });
      seen.push(...page.entries.map(({ name, name_base64: raw }) => raw ?? name));
      after = page.next;
      pages += 1;
    } while (after !== undefined);
    expect(seen).toEqual([...names, '/w==']);
    expect(pages).toBe(4);
    const last = await files.tree.list(directory.at('d'), { limit: 2501, signal: patient });
    expect(last.next).toBeUndefined();
    expect(last.entries.at(-1)).toMatchObject({ name: '\ufffd', name_base64: '/w==', size: 3, type: 'file' });
  });

  test('list() cuts a page before it is too large for an answer', async () => {
    await using directory = tempDir();
    await using files = localFiles();
    mkdirSync(directory.at('d'));
    for (let at = 0; at < 2000; at += 1) writeFileSync(directory.at('d', `${'x'.repeat(240)}${at}`), '');
    const page = await files.tree.list(directory.at('d'), { limit: 10_000, signal: patient });
    expect(page.next).toBeDefined();
    expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(1024 * 1024);
  });

  test('list() refuses what is no directory, and a place that no page ended with', async () => {
    await using directory = tempDir();
    await using files = localFiles();
    await writeFile(directory.at('file'), '');
    const options = { limit: 1, signal: patient };
    expect((await failure(files.tree.list(directory.at('file'), options))).code).toBe('bad-path');
    expect((await failure(files.tree.list(directory.at('none'), options))).code).toBe('no-such-file');
    expect((await failure(files.tree.list(directory.path, { ...options, after: '!' }))).code).toBe('bad-arguments');
    expect(await files.tree.list(directory.path, options)).toMatchObject({ entries: [{ name: 'file' }] });
  });

  test('changes nothing where files may only be read', async () => {
    await using directory = tempDir();
    await using files = localFiles({ isReadOnly: true });
    await writeFile(directory.at('file'), 'x');
    const file = directory.at('file');
    const attempts = [
      files.tree.mkdir(directory.at('new'), 0o755),
      files.tree.remove(file, watcher()),
      files.tree.move(file, directory.at('moved')),
      files.tree.chmod(file, 0o600, false, watcher()),
      files.tree.chown(file, { user: '1' }, false, watcher()),
      files.handles.open(file, 'w', 0o644),
      files.handles.open(file, 'r+', 0o644),
      files.transfers.upload({ path: file, key: 'k', signal: patient }),
      files.transfers.cancelUpload(file, 'k'),
    ];
    for (const attempt of attempts)
      expect(await failure(attempt)).toMatchObject({
        code: 'forbidden',
        message: expect.stringContaining('read_only'),
      });
    const handle = await files.handles.open(file, 'r', 0);
    expect(Buffer.from(await files.handles.read(handle, 10)).toString()).toBe('x');
  });
});

/** Lets every user go through to a directory of a test. */
async function openToAll(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  await chmod(path.dirname(directory), 0o711);
}
