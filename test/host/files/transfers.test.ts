import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFile,
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Disk } from '../../../src/host/files/disk.ts';
import { GivenUp } from '../../../src/host/files/given-up.ts';
import { Roots } from '../../../src/host/files/roots.ts';
import type { LocalFiles } from '../../../src/host/files/local-files.ts';
import type { UploadRequest } from '../../../src/host/files/transfers.ts';
import { Upload } from '../../../src/host/files/upload.ts';
import { requires } from '../../harness/requires.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { failure, localFiles, patient } from './local-files.fixture.ts';

const HELLO = Buffer.from('hello, world');

function sumOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const END = { size: HELLO.length, sha256: sumOf(HELLO) };

function step(files: LocalFiles, file: string, more: Partial<UploadRequest> = {}) {
  return files.transfers.upload({ path: file, key: 'key-of-it', signal: patient, ...more });
}

/** Names beside the target that are on their way. */
async function parts(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.startsWith('.corex-upload-'));
}

describe('Transfers.upload()', () => {
  test('takes blocks beside the target, and puts the file in its place when its sum is right', async () => {
    await using directory = tempDir();
    await using files = localFiles({ roots: [directory.path] });
    const file = directory.at('file');
    expect(await step(files, file)).toEqual({ offset: 0, done: false, sha256: sumOf(Buffer.alloc(0)) });
    expect(await step(files, file, { offset: 0, block: HELLO.subarray(0, 5) })).toEqual({ offset: 5, done: false });
    expect(await readdir(directory.path)).toEqual(await parts(directory.path));
    expect((await stat(directory.at((await parts(directory.path))[0] ?? ''))).mode & 0o777).toBe(0o600);
    expect(await step(files, file)).toEqual({ offset: 5, done: false, sha256: sumOf(HELLO.subarray(0, 5)) });
    expect(await step(files, file, END)).toEqual({ offset: 5, done: false });
    const answer = await step(files, file, { offset: 5, block: HELLO.subarray(5), ...END, permissions: 0o640 });
    expect(answer).toMatchObject({
      offset: 12,
      done: true,
      sha256: END.sha256,
      file: { path: file, size: 12, mode: 0o640 },
    });
    expect(await readFile(file)).toEqual(HELLO);
    expect(await readdir(directory.path)).toEqual(['file']);
  });

  test('takes a step twice, skips what it has, and does not take what leaves a hole', async () => {
    await using directory = tempDir();
    await using files = localFiles();
    const file = directory.at('file');
    await Promise.all(
      [0, 4, 4, 2].map((offset) => step(files, file, { offset, block: HELLO.subarray(offset, offset + 4) })),
    );
    expect(await step(files, file, { offset: 9, block: HELLO.subarray(9) })).toEqual({ offset: 8, done: false });
    expect(await step(files, file, { offset: 8, block: HELLO.subarray(8) })).toEqual({ offset: 12, done: false });
    for (let time = 0; time < 3; time += 1)
      expect(await step(files, file, END)).toMatchObject({ done: true, offset: 12 });
    expect(await step(files, file, { ...END, permissions: 0o600 })).toMatchObject({
      done: true,
      file: { mode: 0o600 },
    });
    expect(await readFile(file)).toEqual(HELLO);
    expect(await parts(directory.path)).toEqual([]);
  });

  test('goes on after the agent was started anew', async () => {
    await using directory = tempDir();
    const file = directory.at('file');
    for (const [offset, byte] of HELLO.entries()) {
      await using files = localFiles({ roots: [directory.path] });
      expect((await step(files, file, { offset, block: Buffer.from([byte]) })).offset).toBe(offset + 1);
    }
    await using files = localFiles({ roots: [directory.path] });
    expect(await step(files, file)).toEqual({ offset: 12, done: false, sha256: END.sha256 });
    expect(await step(files, file, END)).toMatchObject({ done: true });
    expect(await readFile(file)).toEqual(HELLO);
  });

  test('forgets what arrived wrong, and what is cancelled', async () => {
    await using directory = tempDir();
    await using files = localFiles();
    const file = directory.at('file');
    await writeFile(file, 'before');
    for (const wrong of ['hello, World', 'hello, world and more']) {
      await step(files, file, { offset: 0, block: Buffer.from(wrong) });
      expect((await failure(step(files, file, END))).code).toBe('hash-mismatch');
      expect((await step(files, file)).offset).toBe(0);
    }
    await step(files, file, { offset: 0, block: HELLO });
    await files.transfers.cancelUpload(file, 'key-of-it');
    expect(await parts(directory.path)).toEqual([]);
    expect((await step(files, file)).offset).toBe(0);
    expect(await readFile(file, 'utf8')).toBe('before');
  });

  test('keeps uploads of different keys apart', async () => {
    await using directory = tempDir();
    await using files = localFiles();
    const file = directory.at('file');
    await step(files, file, { offset: 0, block: Buffer.from('other'), key: 'another-one' });
    expect((await step(files, file, { offset: 0, block: HELLO, ...END })).done).toBe(true);
    expect((await step(files, file, { key: 'another-one' })).offset).toBe(5);
    expect(await readFile(file)).toEqual(HELLO);
  });

  test('replaces what a link leads to, and keeps its mode', async () => {
    await using directory = tempDir();
    await using files = localFiles({ roots: [directory.path] });
    await writeFile(directory.at('real'), 'old', { mode: 0o604 });
    await chmod(directory.at('real'), 0o604);
    await symlink('real', directory.at('link'));
    await step(files, directory.at('link'), { offset: 0, block: HELLO, ...END });
    expect(await readFile(directory.at('real'))).toEqual(HELLO);
    expect((await stat(directory.at('real'))).mode & 0o777).toBe(0o604);
    expect(await step(files, directory.at('empty'), { size: 0, sha256: sumOf(Buffer.alloc(0)) })).toMatchObject({
      file: { mode: 0o644, size: 0 },
    });
  });

  test.runIf(requires('root'))('leaves a replaced file to its owner', async () => {
    await using directory = tempDir();
    await using files = localFiles();
    await writeFile(directory.at('file'), 'old');
    await chown(directory.at('file'), 1234, 4321);
    expect(await step(files, directory.at('file'), { offset: 0, block: HELLO, ...END })).toMatchObject({
      file: { uid: 1234, gid: 4321 },
    });
  });

  test('refuses what can not be a file', async () => {
    await using directory = tempDir();
    await using files = localFiles();
    execFileSync('mkfifo', [directory.at('fifo')]);
    await mkdir(directory.at('directory'));
    expect((await failure(step(files, directory.at('fifo')))).code).toBe('bad-path');
    expect(await failure(step(files, directory.at('directory')))).toMatchObject({
      code: 'bad-path',
      message: expect.stringContaining('name the file itself'),
    });
    expect((await failure(step(files, directory.at('none/file')))).code).toBe('no-such-file');
    expect((await failure(step(files, '/'))).code).toBe('forbidden');
    expect((await failure(step(files, directory.at('file'), { size: Number.MAX_SAFE_INTEGER }))).code).toBe('no-space');
  });

  test('does not write to what others have put where the file grows', async () => {
    await using directory = tempDir();
    const file = directory.at('file');
    const name = await (async () => {
      await using files = localFiles();
      await step(files, file);
      return (await parts(directory.path))[0] ?? '';
    })();
    await rename(directory.at(name), directory.at('victim'));
    for (const put of [
      () => symlink('victim', directory.at(name)),
      () => execFileSync('ln', [directory.at('victim'), directory.at(name)]),
      () => execFileSync('mkfifo', [directory.at(name)]),
    ]) {
      await using files = localFiles();
      await put();
      expect(['forbidden', 'bad-path']).toContain((await failure(step(files, file, { offset: 0, block: HELLO }))).code);
      await rename(directory.at(name), directory.at('aside'));
    }
    expect((await stat(directory.at('victim'))).size).toBe(0);
  });

  test('removes what was given up in a directory, a day later', async () => {
    await using directory = tempDir();
    await using files = localFiles();
    await step(files, directory.at('old'), { offset: 0, block: HELLO });
    await step(files, directory.at('fresh'), { offset: 0, block: HELLO });
    const [old] = await Promise.all(
      (await parts(directory.path)).map(async (name) => ({ name, size: (await stat(directory.at(name))).size })),
    );
    const yesterday = Date.now() / 1000 - 25 * 60 * 60;
    await utimes(directory.at(old?.name ?? ''), yesterday, yesterday);
    // Not at every upload: that would make many at once slow.
    await step(files, directory.at('another'));
    expect(await parts(directory.path)).toContain(old?.name);
    await using later = localFiles();
    await step(later, directory.at('one more'));
    expect(await parts(directory.path)).toHaveLength(3);
    expect(await parts(directory.path)).not.toContain(old?.name);
  });

  test('answers the same when its end comes again while the first is under way', async () => {
    await using directory = tempDir();
    await using files = localFiles({ roots: [directory.path] });
    const file = directory.at('file');
    const whole = { offset: 0, block: HELLO, ...END };
    const answers = await Promise.all(Array.from({ length: 8 }, () => step(files, file, whole)));
    for (const answer of answers) expect(answer).toMatchObject({ offset: 12, done: true, sha256: END.sha256 });
    expect(await readFile(file)).toEqual(HELLO);
    expect(await readdir(directory.path)).toEqual(['file']);
  });

  test('changes nothing of a file any more that is in its place', async () => {
    await using directory = tempDir();
    const disk = new Disk(systemClock);
    const ground = { disk, roots: new Roots(disk, [directory.path]) };
    await using upload = await Upload.open(ground, directory.at('file'), 'key-of-it', new GivenUp(systemClock));
    await upload.take(0, HELLO);
    expect(await upload.finish(END, patient)).toMatchObject({ done: true });
    expect(await upload.take(HELLO.length, Buffer.from('too much'))).toEqual({ offset: HELLO.length, done: false });
    expect(await readFile(directory.at('file'))).toEqual(HELLO);
  });
});

describe('Transfers.download()', () => {
  const read = (files: LocalFiles, file: string, offset: number, size: number, version?: string) =>
    files.transfers.download({
      path: file,
      offset,
      size,
      signal: patient,
      ...(version === undefined ? {} : { version }),
    });

  test('gives any block, and at the end the sum of the whole', async () => {
    await using directory = tempDir();
    await using files = localFiles({ roots: [directory.path] });
    const file = directory.at('file');
    await writeFile(file, HELLO, { mode: 0o640 });
    const about = await read(files, file, 0, 0);
    expect(about).toMatchObject({ size: 12, mode: 0o640, offset: 0, block: '', end: false });
    const { version } = about;
    expect(await read(files, file, 0, 5, version)).toMatchObject({
      block: Buffer.from('hello').toString('base64'),
      end: false,
    });
    expect(await read(files, file, 5, 7, version)).toMatchObject({ end: true, sha256: END.sha256 });
    for (const [offset, size] of [
      [0, 100],
      [11, 1],
      [12, 1],
      [500, 10],
    ] as const)
      expect(await read(files, file, offset, size, version)).toMatchObject({ end: true, sha256: END.sha256 });
    await using later = localFiles();
    expect(await read(later, file, 3, 100, version)).toMatchObject({ end: true, sha256: END.sha256 });
  });

  test('gives files whose size says nothing, and empty ones', async () => {
    await using directory = tempDir();
    await using files = localFiles();
    const whole = await readFile('/proc/version');
    const answer = await read(files, '/proc/version', 0, 4096);
    expect(answer).toMatchObject({ size: 0, end: true, sha256: sumOf(whole) });
    expect(Buffer.from(answer.block, 'base64')).toEqual(whole);
    await writeFile(directory.at('empty'), '');
    expect(await read(files, directory.at('empty'), 0, 10)).toMatchObject({
      end: true,
      block: '',
      sha256: sumOf(Buffer.alloc(0)),
    });
  });

  test('says that a file was changed, replaced or removed meanwhile', async () => {
    await using directory = tempDir();
    const file = directory.at('file');
    const changes: (() => Promise<void>)[] = [
      () => appendFile(file, '!'),
      () => chmod(file, 0o600),
      async () => {
        await writeFile(directory.at('next'), HELLO);
        await rename(directory.at('next'), file);
      },
    ];
    for (const change of changes) {
      for (const isKnown of [true, false]) {
        await using files = localFiles();
        await writeFile(file, HELLO);
        await chmod(file, 0o644);
        const { version } = await read(files, file, 0, 3);
        await change();
        await using other = localFiles();
        expect(await failure(read(isKnown ? files : other, file, 3, 3, version))).toMatchObject({
          code: 'file-changed',
          message: expect.stringContaining(path.basename(file)),
        });
        expect(await read(files, file, 0, 3)).toMatchObject({ end: false });
      }
    }
  });

  test('refuses fifos, devices and directories', async () => {
    await using directory = tempDir();
    await using files = localFiles();
    execFileSync('mkfifo', [directory.at('fifo')]);
    for (const name of [directory.at('fifo'), directory.path, '/dev/zero'])
      expect((await failure(read(files, name, 0, 10))).code).toBe('bad-path');
    expect((await failure(read(files, directory.at('none'), 0, 10))).code).toBe('no-such-file');
  });

  test('keeps few of many files open, and all of them can be gone on with', async () => {
    await using directory = tempDir();
    await using files = localFiles();
    const names = Array.from({ length: 100 }, (_, at) => directory.at(`${at}`));
    for (const name of names) await writeFile(name, HELLO);
    const versions = await Promise.all(names.map(async (name) => (await read(files, name, 0, 1)).version));
    const open = (await readdir('/proc/self/fd', { withFileTypes: true })).length;
    expect(open).toBeLessThan(100 + 64);
    for (const [at, name] of names.entries())
      expect(await read(files, name, 1, 100, versions[at])).toMatchObject({ end: true, sha256: END.sha256 });
  });
});
