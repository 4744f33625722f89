import { execFile } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../../src/base/clock.ts';
import { Disk } from '../../../../src/host/files/disk.ts';
import { identifyProcess } from '../../../../src/host/process-identity.ts';
import { copyIn, copyOut } from '../../../../src/oci/images/copy/copy-file.ts';
import { Inside } from '../../../../src/oci/images/copy/inside.ts';
import { openProcessRoot } from '../../../../src/oci/images/copy/process-root.ts';
import { requires } from '../../../harness/requires.ts';
import { tempDir, type TempDir } from '../../../harness/temp-dir.ts';

const disk = new Disk(systemClock);

async function withTree(work: (tree: Inside, directory: TempDir) => Promise<void>): Promise<void> {
  await using directory = tempDir();
  mkdirSync(directory.at('root/etc'), { recursive: true });
  mkdirSync(directory.at('out'));
  writeFileSync(directory.at('out/secret'), 'untouched');
  writeFileSync(directory.at('root/etc/a'), 'inside');
  await using tree = await Inside.open(disk, directory.at('root'));
  await work(tree, directory);
  expect(readFileSync(directory.at('out/secret'), 'utf8')).toBe('untouched');
  expect(readdirSync(directory.at('out'))).toEqual(['secret']);
}

const code = (error: { code: string }): string => error.code;

describe('files of a container', () => {
  test('are written and read as a process in it would see them', async () => {
    await withTree(async (tree, directory) => {
      symlinkSync('/etc', directory.at('root/absolute'));
      symlinkSync('../../../etc', directory.at('root/climbing'));
      symlinkSync('/etc/made', directory.at('root/loose'));
      expect((await copyOut(tree, '/absolute/a', 100)).toString()).toBe('inside');
      expect((await copyOut(tree, 'climbing/../../etc/a', 100)).toString()).toBe('inside');
      await copyIn(tree, '/loose', Buffer.from('made'), { mode: 0o4750 });
      expect(readFileSync(directory.at('root/etc/made'), 'utf8')).toBe('made');
      expect(statSync(directory.at('root/etc/made')).mode & 0o7777).toBe(0o4750);
      await copyIn(tree, '/new/deep/file', Buffer.alloc(0));
      expect(await copyOut(tree, '/new/deep/file', 0)).toHaveLength(0);
      const bytes = Buffer.alloc(3_000_000, 'x');
      await copyIn(tree, '/etc/a', bytes);
      expect((await copyOut(tree, '/etc/a', bytes.length)).equals(bytes)).toBe(true);
      expect(await copyOut(tree, '/etc/a', bytes.length - 1).catch(code)).toBe('too-many');
      expect(readdirSync(directory.at('root/etc')).toSorted()).toEqual(['a', 'made']);
    });
  });

  test('outside of it are never reached, whatever links say', async () => {
    await withTree(async (tree, directory) => {
      symlinkSync(directory.at('out'), directory.at('root/abs'));
      symlinkSync('../out', directory.at('root/rel'));
      symlinkSync('self', directory.at('root/self'));
      symlinkSync('/proc/self/root', directory.at('root/magic'));
      for (const path of [
        '/abs/secret',
        '/rel/secret',
        '/../out/secret',
        '/magic/etc/passwd',
        `/magic${directory.at('out/secret')}`,
      ]) {
        expect(await copyOut(tree, path, 100).catch(code)).toBe('no-such-file');
      }
      expect(await copyOut(tree, '/self', 100).catch(code)).toBe('bad-path');
      expect(await copyOut(tree, 'a\0b', 100).catch(code)).toBe('bad-path');
      await copyIn(tree, '/rel/secret', Buffer.from('mine'));
      expect(readFileSync(directory.at('root/out/secret'), 'utf8')).toBe('mine');
      for (const path of ['/', '/etc', '.'])
        expect(await copyIn(tree, path, Buffer.alloc(1)).catch(code)).toBe('bad-path');
      expect(await copyOut(tree, '/etc/a/x', 100).catch(code)).toBe('bad-path');
    });
  });

  test('outside of it are never reached while a process exchanges directories for links', async () => {
    await withTree(async (tree, directory) => {
      const begin = (): void => {
        for (const name of ['swap', 'kept', 'link'])
          rmSync(directory.at('root', name), { recursive: true, force: true });
        mkdirSync(directory.at('root/swap'));
        writeFileSync(directory.at('root/swap/secret'), 'inside');
        symlinkSync(directory.at('out'), directory.at('root/link'));
      };
      const exchange = (one: string, other: string): void => {
        renameSync(directory.at('root', one), directory.at('root', other));
      };
      begin();
      let isOver = false;
      const swapping = (async (): Promise<void> => {
        while (!isOver) {
          try {
            exchange('swap', 'kept');
            exchange('link', 'swap');
            await new Promise(setImmediate);
            exchange('swap', 'link');
            exchange('kept', 'swap');
          } catch {
            // A directory that was missing for a moment was made anew.
            begin();
          }
          await new Promise(setImmediate);
        }
      })();
      for (let round = 0; round < 100; round += 1) {
        const read = await copyOut(tree, '/swap/secret', 100).catch(() => undefined);
        expect(read?.toString()).not.toBe('untouched');
        await copyIn(tree, '/swap/secret', Buffer.from('inside')).catch(() => undefined);
      }
      isOver = true;
      await swapping;
    });
  });

  test.runIf(requires('mounts'))('that runs are those of its process, and of no other with its number', async () => {
    await withTree(async (_, directory) => {
      rmSync(directory.at('root'), { recursive: true });
      mkdirSync(directory.at('root/in'), { recursive: true });
      writeFileSync(directory.at('root/in/file'), 'of the process');
      // A process with a tree of its own: the mount is its alone.
      const script = 'mount --bind "$1" "$2" && echo there && read -r _';
      const child = execFile('setsid', [
        'unshare',
        '--mount',
        '--propagation',
        'private',
        'sh',
        '-c',
        script,
        'sh',
        directory.at('root/in'),
        directory.at('out'),
      ]);
      const ended = promisify((done: (error: null) => void) => child.once('exit', () => done(null)))();
      try {
        await new Promise((resolve) => child.stdout?.once('data', resolve));
        const identity = identifyProcess(child.pid ?? 0);
        expect(identity).toBeDefined();
        if (identity === undefined) return;
        await using tree = await openProcessRoot(disk, identity);
        expect((await copyOut(tree, directory.at('out/file'), 100)).toString()).toBe('of the process');
        expect(await openProcessRoot(disk, { ...identity, startTime: identity.startTime - 1 }).catch(code)).toBe(
          'not-running',
        );
      } finally {
        child.stdin?.end();
        await ended;
      }
    });
  });
});
