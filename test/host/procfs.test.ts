import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync } from 'node:fs';

import { describe, expect, onTestFinished, test } from 'vitest';

import {
  hasEnded,
  readCommandLine,
  readMemory,
  readProcess,
  readProcesses,
  readVariable,
} from '../../src/host/procfs.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';

async function start(program: string, args: string[], env: Record<string, string> = {}): Promise<number> {
  const child = spawn(program, args, { stdio: 'ignore', detached: true, env });
  await once(child, 'spawn');
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return child.pid ?? 0;
}

const GONE = 2 ** 22 + 1;

describe('readProcess()', () => {
  test('tells who a process is', async () => {
    const pid = await start('/bin/sleep', ['60']);
    expect(readProcess(pid)).toMatchObject({ pid, parent: process.pid, group: pid, session: pid, command: 'sleep' });
    expect(readProcess(pid)?.startTime).toBeGreaterThanOrEqual(readProcess(process.pid)?.startTime ?? Infinity);
  });

  test('is not confused by a name with spaces and parentheses', async () => {
    await using directory = tempDir();
    const program = directory.at('a) S 1 (b');
    copyFileSync('/bin/sleep', program);
    chmodSync(program, 0o755);
    const pid = await start(program, ['60']);
    await until('the program is loaded', () => readProcess(pid)?.command === 'a) S 1 (b');
    expect(readProcess(pid)).toMatchObject({ pid, parent: process.pid, session: pid });
  });

  test('knows nothing of a process that is gone', () => {
    expect(readProcess(GONE)).toBeUndefined();
  });
});

describe('readProcesses()', () => {
  test('finds all that readProcess() does', async () => {
    const pid = await start('/bin/sleep', ['60']);
    const processes = await readProcesses();
    expect(processes.get(pid)).toMatchObject({ pid, session: pid });
    expect(processes.has(process.pid)).toBe(true);
    expect(processes.has(1)).toBe(true);
  });
});

describe('hasEnded()', () => {
  test('tells a zombie from a sleeper', async () => {
    // A shell that never waits for its child.
    const pid = await start('/bin/sh', ['-c', '/bin/true & exec /bin/sleep 60']);
    const zombie = await until('there is a zombie', async () =>
      [...(await readProcesses()).values()].find((process) => process.parent === pid && hasEnded(process)),
    );
    expect(zombie.state).toBe('Z');
    const sleeper = readProcess(pid);
    expect(sleeper !== undefined && hasEnded(sleeper)).toBe(false);
  });
});

describe('readVariable()', () => {
  test('gives the values of those that have it', async () => {
    const one = await start('/bin/sleep', ['60'], { MARK: 'one', OTHER: 'MARK=no' });
    const two = await start('/bin/sleep', ['60'], { NOMARK: 'x' });
    await until('both are loaded', () => [one, two].every((pid) => readProcess(pid)?.command === 'sleep'));
    expect([...(await readVariable([one, two, GONE], 'MARK'))]).toEqual([[one, 'one']]);
  });
});

describe('readCommandLine()', () => {
  test('is program and arguments, or the short name of one that has none', async () => {
    const pid = await start('/bin/sleep', ['60']);
    const found = await until('it is loaded', () => {
      const seen = readProcess(pid);
      return seen?.command === 'sleep' ? seen : undefined;
    });
    expect(await readCommandLine(found)).toBe('/bin/sleep 60');
    expect(await readCommandLine({ ...found, pid: GONE, command: 'kworker' })).toBe('kworker');
  });
});

describe('readMemory()', () => {
  test('tells bytes', async () => {
    const memory = await readMemory(process.pid);
    expect(memory?.rss).toBeGreaterThan(20_000_000);
    expect(memory?.vms).toBeGreaterThan(memory?.rss ?? 0);
    expect(memory?.swap).toBeGreaterThanOrEqual(0);
    expect(await readMemory(GONE)).toBeUndefined();
  });
});
