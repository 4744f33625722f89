import { execFileSync } from 'node:child_process';
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { requires } from '../../harness/requires.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { until } from '../../harness/until.ts';
import { failure, localFiles } from './local-files.fixture.ts';

describe('OpenFiles', () => {
  test.each([
    // mode, on a file that is there, on one that is not; what may be done
    ['r', 'opened', 'no-such-file', true, false],
    ['r+', 'opened', 'no-such-file', true, true],
    ['w', 'emptied', 'made', false, true],
    ['w+', 'emptied', 'made', true, true],
    ['a', 'opened', 'made', false, true],
    ['a+', 'opened', 'made', true, true],
    ['x', 'file-exists', 'made', false, true],
    ['x+', 'file-exists', 'made', true, true],
  ])('open() with mode %s', async (mode, there, missing, mayRead, mayWrite) => {
    await using directory = tempDir();
    for (const roots of [[], [directory.path]]) {
      await using files = localFiles({ roots });
      const [old, fresh] = [directory.at('old'), directory.at(`new-${roots.length}`)];
      await writeFile(old, 'old');
      for (const [file, outcome] of [
        [old, there],
        [fresh, missing],
      ] as const) {
        if (outcome.includes('-')) {
          expect((await failure(files.handles.open(file, mode, 0o600))).code).toBe(outcome);
          continue;
        }
        const handle = await files.handles.open(file, mode, 0o600);
        if (outcome === 'made') expect((await stat(file)).mode & 0o777).toBe(0o600);
        if (outcome === 'emptied') expect((await stat(file)).size).toBe(0);
        if (mayRead)
          expect(Buffer.from(await files.handles.read(handle, 10)).toString()).toBe(outcome === 'opened' ? 'old' : '');
        else expect((await failure(files.handles.read(handle, 10))).code).toBe('bad-arguments');
        if (mayWrite) await files.handles.write(handle, Buffer.from('+'));
        else expect((await failure(files.handles.write(handle, Buffer.from('+')))).code).toBe('bad-arguments');
        await files.handles.close(handle);
        expect((await failure(files.handles.read(handle, 1))).code).toBe('unknown-handle');
      }
      if (mode.startsWith('a')) expect(await readFile(old, 'utf8')).toBe('old+');
    }
  });

  test.each(['', 'rw', 'b', 'rb', '+', 'r++', 'W', 'ra'])('open() refuses the mode "%s"', async (mode) => {
    await using files = localFiles();
    expect(await failure(files.handles.open('/tmp/x', mode, 0))).toMatchObject({
      code: 'bad-arguments',
      message: expect.stringContaining('"r", "w", "a" or "x"'),
    });
  });

  test('reads and writes any bytes, in order, or where it is told', async () => {
    await using directory = tempDir();
    await using files = localFiles();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
    const handle = await files.handles.open(directory.at('file'), 'w+', 0o644);
    await Promise.all(Array.from({ length: 20 }, () => files.handles.write(handle, bytes)));
    await files.handles.write(handle, Buffer.from('here'), 512);
    const whole = Buffer.concat(Array.from({ length: 20 }, () => bytes));
    whole.write('here', 512);
    expect(Buffer.compare(await readFile(directory.at('file')), whole)).toBe(0);
    expect(Buffer.from(await files.handles.read(handle, 4, 512)).toString()).toBe('here');
    const pieces = await Promise.all([1000, 1000, 10_000, 10].map((size) => files.handles.read(handle, size, 0)));
    expect(pieces.map(({ length }) => length)).toEqual([1000, 1000, 5120, 10]);
    // Where the last write without an offset ended.
    expect(await files.handles.read(handle, 10)).toHaveLength(0);
    await files.handles.close(handle);
    await files.handles.close(handle);
  });

  test('does not write at an offset what is to be appended', async () => {
    await using directory = tempDir();
    await using files = localFiles();
    const handle = await files.handles.open(directory.at('file'), 'a', 0o644);
    expect((await failure(files.handles.write(handle, Buffer.from('x'), 0))).code).toBe('bad-arguments');
    await files.handles.close(handle);
  });

  test.each(['r', 'w', 'a', 'r+'])(
    'opens neither fifo, device nor directory with %s, and waits for none',
    async (mode) => {
      await using directory = tempDir();
      execFileSync('mkfifo', [directory.at('fifo')]);
      await symlink('fifo', directory.at('link'));
      await mkdir(directory.at('directory'));
      await using files = localFiles();
      for (const path of [
        directory.at('fifo'),
        directory.at('link'),
        directory.at('directory'),
        '/dev/null',
        '/dev/tty',
        '/',
      ])
        expect((await failure(files.handles.open(path, mode, 0o644))).code).toBe('bad-path');
    },
  );

  test('bounds the handles of the agent and of a connection, and counts those that are closed no more', async () => {
    await using files = localFiles({ handles: 5, handlesPerConnection: 2 });
    const [one, other] = [{}, {}];
    const open = (connection?: object): Promise<string> => files.handles.open('/etc/passwd', 'r', 0, connection);
    const first = await open(one);
    await open(one);
    expect(await failure(open(one))).toMatchObject({
      code: 'too-many',
      message: expect.stringContaining('this connection has 2'),
    });
    expect((await failure(files.handles.open('/none', 'r', 0, other))).code).toBe('no-such-file');
    await Promise.all([open(other), open(other)]);
    await files.handles.close(first);
    await open(one);
    await open();
    expect(await failure(open())).toMatchObject({
      code: 'too-many',
      message: expect.stringContaining('the agent has 5'),
    });
    expect(files.handles.size).toBe(5);
    await files.handles.closeAll();
    expect(files.handles.size).toBe(0);
  });

  test('closes a handle some time after its last use', async () => {
    const clock = new FakeClock();
    await using files = localFiles({ idleMs: 1000 }, clock);
    const handle = await files.handles.open('/etc/passwd', 'r', 0);
    await clock.advance(900);
    await files.handles.read(handle, 1);
    await clock.advance(900);
    await files.handles.read(handle, 1);
    await clock.advance(1001);
    await until('it is closed', () => files.handles.size === 0);
    expect(await failure(files.handles.read(handle, 1))).toMatchObject({
      code: 'unknown-handle',
      message: expect.stringContaining('not used for 1 s'),
    });
  });

  test('closes what is open when callers are confined otherwise, and only then', async () => {
    await using files = localFiles();
    const settings = { roots: [], isReadOnly: false, idleMs: 1000, handles: 10, handlesPerConnection: 10 };
    const handle = await files.handles.open('/etc/passwd', 'r', 0);
    await files.configure(settings);
    await files.handles.read(handle, 1);
    await files.configure({ ...settings, roots: ['/tmp'] });
    expect((await failure(files.handles.read(handle, 1))).code).toBe('unknown-handle');
    expect((await failure(files.handles.open('/etc/passwd', 'r', 0))).code).toBe('forbidden');
  });

  test.runIf(requires('mounts'))('says that a file system is full', async () => {
    await using directory = tempDir();
    await using files = localFiles();
    await mkdir(directory.at('small'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory.at('small')]);
    try {
      const handle = await files.handles.open(directory.at('small/file'), 'w', 0o644);
      expect(await failure(files.handles.write(handle, Buffer.alloc(100_000)))).toMatchObject({
        code: 'no-space',
        message: `Cannot write "${directory.at('small/file')}": the file system is full (ENOSPC)`,
      });
      await files.handles.close(handle);
    } finally {
      execFileSync('umount', [directory.at('small')]);
    }
  });
});
