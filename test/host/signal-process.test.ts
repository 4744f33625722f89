import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readProcess, readProcesses } from '../../src/host/procfs.ts';
import { signalProcess } from '../../src/host/signal-process.ts';
import { until } from '../harness/until.ts';

async function start(script: string): Promise<{ child: ChildProcess; pid: number }> {
  const child = spawn('/bin/sh', ['-c', script], { stdio: 'ignore' });
  await once(child, 'spawn');
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, pid: child.pid ?? 0 };
}

describe('signalProcess()', () => {
  test.each([
    ['SIGTERM', [null, 'SIGTERM']],
    ['SIGUSR1', [null, 'SIGUSR1']],
    // Node has no name for a real-time signal.
    ['SIG40', [0, null]],
  ])('sends %s', async (signal, end) => {
    const { child, pid } = await start('exec sleep 60');
    const ended = once(child, 'exit');
    signalProcess({ pid, startTime: readProcess(pid)?.startTime ?? 0 }, signal as NodeJS.Signals);
    expect(await ended).toEqual(end);
  });

  test('knows when there is no such process', () => {
    expect(() => signalProcess({ pid: 2 ** 22 - 1 }, 'SIGTERM')).toThrow(
      expect.objectContaining({
        code: 'no-such-process',
        number: 404,
        message: `Cannot send SIGTERM to the process ${2 ** 22 - 1}: there is none`,
      }),
    );
  });

  test('takes a number that no process can have for that of none', () => {
    expect(() => signalProcess({ pid: 2 ** 32 + 1 }, 'SIGTERM')).toThrow(
      expect.objectContaining({ code: 'no-such-process', message: expect.stringContaining('there is none') }),
    );
  });

  test('sends nothing to a thread, for all of its process would get it', async () => {
    const thread = (await readdir('/proc/self/task')).map(Number).find((id) => id !== process.pid);
    expect(thread).toBeDefined();
    expect(() => signalProcess({ pid: thread ?? 0 }, 'SIGCONT')).toThrow(
      expect.objectContaining({
        code: 'no-such-process',
        message: expect.stringContaining(`it is a thread of the process ${process.pid}`),
      }),
    );
  });

  test('leaves a process alone that was given the number of another', async () => {
    const { child, pid } = await start('exec sleep 60');
    expect(() => signalProcess({ pid, startTime: 1 }, 'SIGKILL')).toThrow(
      expect.objectContaining({ code: 'no-such-process', message: expect.stringContaining('its number is that of') }),
    );
    expect(child.exitCode).toBeNull();
    expect(() => signalProcess({ pid: 2 ** 22 - 1, startTime: 1 }, 'SIGKILL')).toThrow('it is gone');
  });

  test('tells that a process has ended which nobody waited for', async () => {
    const { pid } = await start('(exec true) & exec sleep 60');
    const zombie = await until('the child has ended', async () =>
      [...(await readProcesses()).values()].find((one) => one.parent === pid && one.state === 'Z'),
    );
    expect(() => signalProcess({ pid: zombie.pid }, 'SIGTERM')).toThrow('it has ended');
  });
});
