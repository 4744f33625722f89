import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listProcesses, type ProcessListOptions } from '../../src/host/process-list.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';

const options: ProcessListOptions = { limit: 10_000, details: false, jobOf: () => undefined };

/** Starts a program in a group of its own, which is ended with the test. */
async function start(program: string, args: string[], env: Record<string, string> = {}): Promise<number> {
  const child = spawn(program, args, { stdio: 'ignore', detached: true, env });
  await once(child, 'spawn');
  const { pid = 0 } = child;
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    process.kill(-pid, 'SIGKILL');
    await ended;
  });
  return pid;
}

describe('listProcesses()', () => {
  test('tells of a process what /proc says', async () => {
    const pid = await start('/bin/sleep', ['60']);
    const [found] = await listProcesses({ ...options, pid });
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ');
    expect(found).toMatchObject({
      pid,
      ppid: process.pid,
      name: 'sleep',
      cmdline: '/bin/sleep 60',
      start_time: Number(stat[21]),
      uid: process.getuid?.(),
      threads: 1,
      cpu: { user: expect.any(Number), system: expect.any(Number) },
      swap: 0,
    });
    expect(found?.vms).toBe(Number(stat[22]));
    expect(found?.createtime).toBeGreaterThan(Date.now() - 60_000);
    expect(found?.createtime).toBeLessThan(Date.now() + 5000);
  });

  test('lists every process there is, in order of their numbers', async () => {
    const pid = await start('/bin/sleep', ['60']);
    const pids = (await listProcesses(options)).map((found) => found.pid);
    expect(pids).toEqual(pids.toSorted((a, b) => a - b));
    expect(pids).toContain(pid);
    expect(pids).toContain(process.pid);
    const now = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    expect(pids.filter((one) => now.includes(String(one))).length).toBeGreaterThan(now.length / 2);
  });

  test('is not confused by a name with spaces, parentheses and newlines', async () => {
    await using directory = tempDir();
    const program = directory.at('a) S 1 (b\nc');
    copyFileSync(realpathSync('/bin/sleep'), program);
    const pid = await start(program, ['60']);
    const found = await until('it is that program', async () => {
      const [one] = await listProcesses({ ...options, pid });
      return one?.name.startsWith('a)') === true ? one : undefined;
    });
    expect(found).toMatchObject({ name: 'a) S 1 (b\nc', ppid: process.pid });
  });

  test('knows nothing of a process that is gone', async () => {
    expect(await listProcesses({ ...options, pid: 2 ** 22 + 1 })).toEqual([]);
  });

  test('tells memory and no command of one that has ended and is not waited for', async () => {
    const pid = await start('/bin/sh', ['-c', '(exec true) & exec sleep 60']);
    const zombie = await until('the child has ended', async () =>
      (await listProcesses({ ...options, parent: pid })).find(({ state }) => state === 'Z'),
    );
    expect(zombie).toMatchObject({ cmdline: '', rss: 0, vms: 0 });
  });

  test('picks by parent and name, and goes on page by page', async () => {
    const parent = await start('/bin/sh', ['-c', 'sleep 61 & sleep 62 & sleep 63 & wait']);
    const own = { ...options, parent, name: 'sleep' };
    const all = await until('all have begun', async () => {
      const found = await listProcesses(own);
      return found.length === 3 ? found : undefined;
    });
    const first = await listProcesses({ ...own, limit: 2 });
    expect(first).toHaveLength(2);
    const rest = await listProcesses({ ...own, limit: 2, after: first[1]!.pid });
    expect([...first, ...rest].map(({ pid }) => pid)).toEqual(all.map(({ pid }) => pid));
  });

  test('tells which job a process belongs to, by its marker or by descent', async () => {
    const jobOf = (key: string, id: string): string | undefined => (key === 'uid.1' ? id : undefined);
    const script = 'env -i sleep 61 & sleep 62 & wait';
    const marked = await start('/bin/sh', ['-c', script], {
      PATH: '/bin:/usr/bin',
      COREX_RUN: 'uid.1',
      COREX_JOB_ID: 'j',
    });
    const other = await start('/bin/sleep', ['60'], { COREX_RUN: 'another.1', COREX_JOB_ID: 'j' });
    const found = await until('all have begun', async () => {
      const those = await listProcesses({ ...options, jobOf, job: 'j' });
      return those.filter(({ name }) => name === 'sleep').length === 2 ? those : undefined;
    });
    expect(found).toHaveLength(3);
    expect(found.map(({ pid }) => pid)).toContain(marked);
    expect(found.every(({ job }) => job === 'j')).toBe(true);
    expect((await listProcesses({ ...options, jobOf, pid: other }))[0]).toMatchObject({ job: undefined });
    expect((await listProcesses({ ...options, jobOf, pid: process.pid }))[0]).toMatchObject({ job: undefined });
  });

  test('tells open files, limits, program and directory when asked', async () => {
    const pid = await start('/bin/sleep', ['60']);
    const [found] = await listProcesses({ ...options, pid, details: true });
    expect(found).toMatchObject({
      ofd: readdirSync(`/proc/${pid}/fd`).length,
      exe: realpathSync('/bin/sleep'),
      cwd: process.cwd(),
    });
    const openFiles = found?.rlimit?.find(({ resource }) => resource === 'open files');
    const [, soft, hard] = /^Max open files +(\d+) +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? [];
    expect(openFiles).toEqual({ resource: 'open files', soft: Number(soft), hard: Number(hard) });
    expect(found?.rlimit?.find(({ resource }) => resource === 'cpu time')).toMatchObject({ soft: null, hard: null });
  });

  test('stops when it is told to', async () => {
    await expect(listProcesses({ ...options, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });
});
