import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { readAllFigures, readFigures } from '../../../src/host/meter/process-figures.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { until } from '../../harness/until.ts';

describe('readAllFigures()', () => {
  test('knows this process as the kernel does', async () => {
    const all = await readAllFigures();
    const own = all.get(process.pid);
    expect(own?.parent).toBe(process.ppid);
    const status = readFileSync('/proc/self/status', 'utf8');
    const kibibytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
    expect((own?.rss ?? 0) / (kibibytes * 1024)).toBeGreaterThan(0.8);
    expect((own?.rss ?? 0) / (kibibytes * 1024)).toBeLessThan(1.2);
    const { user, system } = process.cpuUsage();
    expect(Math.abs((own?.cpuMs ?? 0) - (user + system) / 1000)).toBeLessThan(500);
    expect(own?.vms).toBeGreaterThan(own?.rss ?? 0);
  });
});

describe('readFigures()', () => {
  test('reads a process whose name holds spaces and parentheses', async () => {
    await using directory = tempDir();
    const program = directory.at('a) R 1 (b');
    copyFileSync('/bin/sleep', program);
    await using child = sleeper(program);
    const pid = child.pid ?? 0;
    // A program that is about to be another one has no figures.
    const found = await until('it is there', async () => (await readFigures([pid])).get(pid));
    expect(found).toMatchObject({ pid, parent: process.pid, session: pid });
    expect(readFileSync(`/proc/${String(pid)}/comm`, 'utf8')).toBe('a) R 1 (b\n');
  });

  test('leaves out what has ended or never was', async () => {
    const child = spawn('true', { stdio: 'ignore' });
    await once(child, 'exit');
    expect([...(await readFigures([child.pid ?? 0, 2 ** 22 + 1])).keys()]).toEqual([]);
  });
});

/** Sleeps until it is disposed of. */
function sleeper(program: string): AsyncDisposable & { readonly pid: number | undefined } {
  const child = spawn(program, ['300'], { detached: true, stdio: 'ignore' });
  const ended = once(child, 'exit');
  return {
    pid: child.pid,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
