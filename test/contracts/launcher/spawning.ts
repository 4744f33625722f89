import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { RUN_MARKER } from '../../../src/host/launcher.ts';
import { environmentOf, isAlive, openFilesOf } from '../../harness/processes.ts';
import { type SpecParts, type Stage } from './stage.ts';

/** What a child gets, and what happens when there can be none. */
export function describeSpawning(stage: Stage): void {
  describe('a child', () => {
    test('gets exactly the environment it is given, and the marker of its run', async () => {
      const env = { PATH: '/bin:/usr/bin', GREETING: 'hello world', EMPTY: '', MULTI: 'a\nb=c' };
      // A program has no environment for a moment when it begins; a shell that waits stays what it is.
      const run = await stage.script('echo begun; sleep 60 & wait', { env });
      await run.saying('begun');
      expect(environmentOf(run.pid)).toEqual({ ...env, [RUN_MARKER]: run.key });
      await run.stopped(0);
    });

    test('has no open files but its three streams', async () => {
      // A shell that waits has loaded all it needs: a program that begins opens its libraries.
      const run = await stage.script('echo begun; sleep 60 & wait');
      await run.saying('begun');
      const files = openFilesOf(run.pid);
      const inherited = stage.passesFilesOn ? openFilesOf(process.ppid) : new Map<number, string>();
      for (const [fd, target] of inherited) if (fd > 2 && files.get(fd) === target) files.delete(fd);
      expect([...files.keys()].toSorted((one, other) => one - other)).toEqual([0, 1, 2]);
      expect(files.get(0)).toBe('/dev/null');
      expect(files.get(1)).not.toBe(files.get(2));
      await run.stopped(0);
    });

    test('leads a session of its own and has the directory it is given', async () => {
      const run = await stage.script('pwd; cut -d" " -f5,6 /proc/$$/stat', { cwd: '/usr' });
      expect((await run.output()).text).toBe(`/usr\n${String(run.pid)} ${String(run.pid)}\n`);
    });

    test('has the umask of its launcher and no signal blocked or ignored', async () => {
      const run = await stage.script('umask; grep -E "^Sig(Blk|Ign)" /proc/self/status');
      const umask = /^Umask:\s+(\d+)/m.exec(readFileSync(`/proc/${String(stage.ownerPid)}/status`, 'utf8'))?.[1];
      expect((await run.output()).text).toBe(`${umask ?? ''}\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n`);
    });

    test('gets its arguments as they are', async () => {
      const args = ['', ' ', '$HOME', '"quoted"', "it's", '\\', '*', 'a\nb', 'žluť', '--', '-n'];
      const run = await stage.start({ args: ['-c', 'printf "%s\\0" "$@"', 'sh', ...args] });
      expect((await run.output()).text.split('\0').slice(0, -1)).toEqual(args);
    });

    test.runIf(process.platform === 'linux')('can open its standard output again where that is a pipe', async () => {
      if (!stage.launcher.abilities.stdoutIsPipe) return;
      const run = await stage.script('echo again > /dev/stdout; echo trouble > /dev/stderr');
      expect(await run.output()).toMatchObject({ stdout: 'again\n', stderr: 'trouble\n' });
    });
  });

  describe('spawn()', () => {
    test('with the same key starts one run, however often and whenever it is called', async () => {
      const key = stage.newKey();
      const parts = { args: ['-c', 'echo once; exec sleep 60'] };
      const answers = await Promise.all([stage.spawn(parts, key), stage.spawn(parts, key), stage.spawn(parts, key)]);
      const run = await stage.start(parts, key);
      await run.saying('once\n');
      expect(answers).toEqual([await stage.spawn(parts, key), answers[0], answers[0]]);
      await run.stopped(0);
      expect(await stage.spawn(parts, key)).toEqual(answers[0]);
      expect((await run.output()).text).toBe('once\n');
      expect(stage.eventsOf(key).filter(({ type }) => type === 'started')).toHaveLength(1);
    });

    test('with the same key answers a failure again', async () => {
      const key = stage.newKey();
      const failed = await stage.spawn({ program: '/nowhere' }, key);
      expect(await stage.spawn({ args: ['-c', 'true'] }, key)).toEqual(failed);
    });

    test('many times at once starts all of them', async () => {
      const runs = await Promise.all(Array.from({ length: 40 }, (_, n) => stage.script(`echo ${String(n)}; exit 3`)));
      for (const [n, run] of runs.entries()) {
        expect((await run.exited()).exit).toEqual({ code: 3 });
        expect((await run.output()).text).toBe(`${String(n)}\n`);
      }
    });

    test('leaves no process when it fails', async () => {
      expect(await stage.spawn({ program: '/nowhere' })).toMatchObject({ type: 'failed' });
    });
  });

  describe('spawn() fails as', () => {
    const cases: Record<string, (folder: string) => SpecParts> = {
      'no-such-program': (folder) => ({ program: path.join(folder, 'missing') }),
      'not-executable': (folder) => ({ program: script(folder, 'plain', '#!/bin/sh\n', 0o644) }),
      'bad-interpreter': (folder) => ({ program: script(folder, 'lost', '#!/no/such/interpreter\n', 0o755) }),
      'bad-directory': (folder) => ({ cwd: path.join(folder, 'missing') }),
      'bad-arguments': () => ({ args: ['-c', 'true', 'x'.repeat(200 * 1024)] }),
    };
    test.each(Object.entries(cases))('%s', async (kind, parts) => {
      const answer = await stage.spawn(parts(stage.folder()));
      expect(answer).toMatchObject({ type: 'failed', failure: kind });
      expect(answer.type === 'failed' && answer.message).toMatch(/^Cannot /);
    });

    test('not-executable for a directory', async () => {
      const folder = stage.folder();
      mkdirSync(path.join(folder, 'directory'));
      expect(await stage.spawn({ program: path.join(folder, 'directory') })).toMatchObject({
        failure: 'not-executable',
      });
    });

    test('bad-directory for a file', async () => {
      expect(await stage.spawn({ cwd: '/etc/passwd' })).toMatchObject({ failure: 'bad-directory' });
    });

    test.each([
      ['an argument', { args: ['-c', 'a\0b'] }],
      ['a variable', { env: { NAME: 'a\0b' } }],
      ["a variable's name", { env: { 'NA\0ME': 'a' } }],
      ['the program', { program: '/bin/sh\0' }],
      ['the directory', { cwd: '/\0' }],
    ] satisfies [string, SpecParts][])('bad-arguments for a NUL in %s', async (_where, parts) => {
      expect(await stage.spawn(parts)).toMatchObject({ failure: 'bad-arguments' });
    });

    test('bad-arguments for too many arguments in all', async () => {
      const args = Array.from({ length: 100 }, () => 'x'.repeat(100 * 1024));
      expect(await stage.spawn({ args })).toMatchObject({ failure: 'bad-arguments' });
    });

    test('not-able for what this launcher has not', async () => {
      const { pty, cgroup, limits } = stage.launcher.abilities;
      if (!pty) expect(await stage.spawn({ pty: { columns: 80, rows: 24 } })).toMatchObject({ failure: 'not-able' });
      const refused: SpecParts[] = [];
      if (!cgroup) refused.push({ cgroup: {} }, { cgroup: { memoryBytes: 1e8 } });
      if (!limits) refused.push({ limits: { core: { soft: 0, hard: 0 } } }, { niceness: 5 });
      if (!limits) refused.push({ capabilities: [] }, { noNewPrivileges: true });
      for (const parts of refused) expect(await stage.spawn(parts)).toMatchObject({ failure: 'not-able' });
    });

    test('one of these 200 times without keeping a file open', async () => {
      const folder = stage.folder();
      const all = Object.values(cases).map((parts) => parts(folder));
      for (const parts of all) await stage.spawn(parts);
      const before = openFilesOf(stage.ownerPid).size;
      for (let round = 0; round < 40; round += 1) await Promise.all(all.map((parts) => stage.spawn(parts)));
      expect(openFilesOf(stage.ownerPid).size).toBeLessThan(before + 10);
    });
  });

  describe('another user', () => {
    test('is who the child runs as, with no rights of groups left over', async () => {
      if (!stage.launcher.abilities.user) return;
      const run = await stage.script('id -u; id -g; grep ^Groups: /proc/self/status', {
        user: { uid: 1234, gid: 2345 },
      });
      expect((await run.output()).text.trimEnd().split('\n')).toEqual([
        '1234',
        '2345',
        expect.stringMatching(/^Groups:\s*$/),
      ]);
    });
  });

  describe('measure()', () => {
    test('tells what a run and its children use, until it ends', async () => {
      const run = await stage.script('sleep 60 & echo up; while :; do :; done');
      await run.saying('up');
      await stage.launcher.measure(run.key);
      const began = performance.now();
      while (performance.now() - began < 300) await new Promise((resolve) => setTimeout(resolve, 50));
      const measured = await stage.launcher.measure(run.key);
      expect(measured?.cpu).toBeGreaterThan(5);
      expect(measured?.rss).toBeGreaterThan(100_000);
      expect(measured?.vms).toBeGreaterThan(measured?.rss ?? 0);
      expect(measured?.swap).toBeGreaterThanOrEqual(0);
      await run.stopped(0);
      expect(isAlive(run.pid)).toBe(false);
      expect(await stage.launcher.measure(run.key)).toBeUndefined();
    });

    test('knows nothing of an unknown run', async () => {
      expect(await stage.launcher.measure(stage.newKey())).toBeUndefined();
    });
  });
}

function script(folder: string, name: string, text: string, mode: number): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}
