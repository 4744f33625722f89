import { describe, expect, test } from 'vitest';

import { ContainerCgroup, findContainerGroups } from '../../src/oci/container-cgroup.ts';
import { isAlive } from '../harness/processes.ts';
import { until } from '../harness/until.ts';
import { useContainerStage, type MakeRuntime } from './oci-runtime/container-stage.ts';

/** What every OCI runtime does for us, with a real keeper that owns what it starts. */
export function describeOciRuntime(name: string, make: MakeRuntime): void {
  describe(name, () => {
    const stage = useContainerStage(make);

    test('runs a program as the main process of a run: output, input, and the true end', async () => {
      const { id, run } = await stage.run(
        'echo out; echo aside >&2; read word; echo got $word; exit 7',
        {},
        {
          stdin: { type: 'bytes', bytes: Buffer.from('hello\n') },
        },
      );
      const { exit, outputOpen, survivors } = await run.exited();
      expect({ exit, outputOpen, survivors }).toEqual({ exit: { code: 7 }, outputOpen: false, survivors: [] });
      expect(await run.output()).toMatchObject({ stdout: 'out\ngot hello\n', stderr: 'aside\n' });
      expect(await stage.runtime.state(id)).toMatchObject({ id, status: 'stopped', pid: undefined });
      await stage.runtime.delete(id);
      expect(await stage.runtime.state(id)).toBeUndefined();
    });

    test('makes a container that waits for its start', async () => {
      const { id, run } = await stage.make(['/bin/sh', '-c', 'echo begun; exit 3']);
      const pid = await stage.mainPid(run);
      expect(await stage.runtime.state(id)).toMatchObject({ status: 'created', pid });
      expect(await stage.runtime.list()).toContainEqual(expect.objectContaining({ id, status: 'created' }));
      await stage.runtime.start(id);
      expect((await run.exited()).exit).toEqual({ code: 3 });
      expect((await run.output()).text).toBe('begun\n');
    });

    test('ends a container with all that is in it when its run is stopped', async () => {
      const { id, run } = await stage.run(
        'trap "" TERM; (setsid sleep 1000 &) ; sleep 1000 & echo ready; while :; do sleep 1; done',
      );
      await run.saying('ready');
      const pid = await stage.mainPid(run);
      const groups = await findContainerGroups(pid, stage.ground.cgroupParent ?? '-');
      const whole = new ContainerCgroup(groups ?? expect.fail('it has no control group of its own'));
      expect((await whole.pids()).length).toBeGreaterThanOrEqual(3);
      const record = await run.stopped(300);
      expect(record).toMatchObject({ exit: { signal: 'SIGKILL' }, stop: { reason: 'killed' }, survivors: [] });
      expect(await whole.pids()).toEqual([]);
      await stage.runtime.delete(id);
    });

    test('stops it at its deadline', async () => {
      const { run } = await stage.run('sleep 100', {}, { deadline: { afterMs: 400, graceMs: 100 } });
      expect(await run.exited()).toMatchObject({ stop: { reason: 'timeout' }, exit: { signal: 'SIGKILL' } });
    });

    test('runs more programs in a container, each with its own output and end, and ends them with it', async () => {
      const container = await stage.run('echo ready; sleep 1000');
      await container.run.saying('ready');
      const first = await stage.exec(container, ['sh', '-c', 'echo hello from $(hostname); exit 9']);
      expect((await first.exited()).exit).toEqual({ code: 9 });
      expect((await first.output()).text).toBe(`hello from ${container.id}\n`);
      const second = await stage.exec(container, ['sh', '-c', 'echo here; sleep 1000']);
      await second.saying('here');
      const third = await stage.exec(container, [
        'sh',
        '-c',
        'trap "echo heard; exit 4" TERM; echo there; while :; do sleep 0.05; done',
      ]);
      await third.saying('there');
      expect((await third.stopped(5_000)).exit).toEqual({ code: 4 });
      await container.run.stopped(0);
      expect((await second.exited()).exit).toEqual({ signal: 'SIGKILL' });
    });

    test('gives a container a terminal', async () => {
      const { id, run } = await stage.run(
        'tty; stty size; read line; echo "got $line"; exit 5',
        {},
        {
          pty: { columns: 91, rows: 33 },
          stdin: { type: 'stream' },
        },
      );
      await run.saying('33 91');
      await run.launcher.resize(run.key, 100, 40);
      await run.launcher.writeStdin(run.key, 0, Buffer.from('yes\r'));
      expect((await run.exited()).exit).toEqual({ code: 5 });
      expect((await run.output()).text).toMatch(/\/dev\/(?:pts\/\d+|console)\r\n33 91\r\nyes\r\ngot yes\r\n/);
      expect(await stage.runtime.state(id)).toBeUndefined();
    });

    test('gives a program that joins a terminal, with signals from its keys', async () => {
      const container = await stage.run('echo ready; sleep 1000');
      await container.run.saying('ready');
      const shell = await stage.exec(container, ['sh'], { pty: { columns: 80, rows: 24 }, stdin: { type: 'stream' } });
      await shell.saying('# ');
      // The program the keys mean tells that it has begun: a shell that is about to start one takes them itself.
      const line = "sh -c 'echo begun; exec sleep 500'; echo never\r";
      await shell.launcher.writeStdin(shell.key, 0, Buffer.from(line));
      await shell.saying('\nbegun');
      await shell.launcher.writeStdin(shell.key, line.length, Buffer.from('\u0003'));
      await shell.saying('^C');
      await shell.launcher.writeStdin(shell.key, line.length + 1, Buffer.from('exit 6\r'));
      expect((await shell.exited()).exit).toEqual({ code: 6 });
      expect(await stage.runtime.state(container.id)).toMatchObject({ status: 'running' });
      await container.run.stopped(0);
    });

    test('ends a container with a terminal when its run is killed', async () => {
      const { id, run } = await stage.run(
        'echo ready; trap "" TERM HUP; while :; do sleep 1; done',
        {},
        {
          pty: { columns: 80, rows: 24 },
          stdin: { type: 'stream' },
        },
      );
      await run.saying('ready');
      const pid = (await stage.runtime.state(id))?.pid ?? 0;
      expect(isAlive(pid)).toBe(true);
      await run.stopped(100);
      await until('its process is gone', () => !isAlive(pid));
      await stage.runtime.delete(id, { force: true });
    });

    test.each([
      [
        'a program that is not there',
        { args: ['/bin/nothing'] },
        'no-such-program',
        'the program is not in the container',
      ],
      [
        'a name nothing on the path has',
        { args: ['nothing'] },
        'no-such-program',
        'the program is not in the container',
      ],
      ['a file that may not be executed', { args: ['/etc/passwd'] }, 'not-executable', 'may not be executed'],
      [
        'a directory that is a file',
        { args: ['/bin/true'], cwd: '/etc/passwd' },
        'bad-directory',
        'the working directory',
      ],
    ] as const)('tells of %s', async (_what, { args, ...parts }, code, message) => {
      const { plan, run, id } = await stage.make(args, parts);
      expect((await run.exited()).exit).toMatchObject({ code: expect.any(Number) as number });
      expect(await stage.runtime.explain(plan)).toMatchObject({
        code,
        message: expect.stringContaining(message) as string,
      });
      expect((await run.output()).text).not.toContain('panic');
      await stage.runtime.delete(id, { force: true });
      expect(await stage.runtime.state(id)).toBeUndefined();
    });

    test('tells of a program that is not there in a container that runs', async () => {
      const container = await stage.run('echo ready; sleep 1000');
      await container.run.saying('ready');
      const plan = await stage.runtime.execPlan({
        id: container.id,
        bundle: container.bundle,
        execId: 'none',
        process: { args: ['/bin/nothing'], env: {} },
        capabilities: [],
      });
      const run = await stage.keeper.start({ program: plan.program, args: plan.args, env: plan.env, cwd: plan.cwd });
      await run.exited();
      expect(await stage.runtime.explain(plan)).toMatchObject({ code: 'no-such-program' });
      await container.run.stopped(0);
    });

    test('pauses and resumes', async () => {
      const { id, run } = await stage.run('echo ready; sleep 1000');
      await run.saying('ready');
      await stage.runtime.pause(id);
      expect(await stage.runtime.state(id)).toMatchObject({ status: 'paused' });
      await stage.runtime.resume(id);
      expect(await stage.runtime.state(id)).toMatchObject({ status: 'running' });
      await run.stopped(0);
    });

    test('signals the first process, and says when nobody is there', async () => {
      const { id, run } = await stage.run('trap "echo heard; exit 6" USR1; echo ready; while :; do sleep 0.05; done');
      await run.saying('ready');
      expect(await stage.runtime.kill(id, 'SIGUSR1')).toBe(true);
      expect((await run.exited()).exit).toEqual({ code: 6 });
      await until('it has stopped', async () => (await stage.runtime.state(id))?.status === 'stopped');
      expect(await stage.runtime.kill(id, 'SIGUSR1')).toBe(false);
      expect(await stage.runtime.kill('nobody', 'SIGUSR1')).toBe(false);
    });

    test('refuses what does not fit a container’s state, and knows none that is not there', async () => {
      const { id, run } = await stage.run('echo ready; sleep 1000');
      await run.saying('ready');
      await expect(stage.runtime.start(id)).rejects.toMatchObject({ code: 'not-running' });
      await expect(stage.runtime.delete(id)).rejects.toMatchObject({ code: 'not-running' });
      await expect(stage.runtime.start('nobody')).rejects.toMatchObject({ code: 'unknown-container' });
      expect(await stage.runtime.state('nobody')).toBeUndefined();
      await stage.runtime.delete('nobody');
      await stage.runtime.delete('nobody', { force: true });
      await stage.runtime.delete(id, { force: true });
      expect((await run.exited()).exit).toEqual({ signal: 'SIGKILL' });
    });

    test('takes no second container of an id', async () => {
      const { id, run } = await stage.run('echo ready; sleep 1000');
      await run.saying('ready');
      const other = await stage.make(['/bin/true'], {}, { id });
      await other.run.exited();
      expect(await stage.runtime.explain(other.plan)).toMatchObject({ code: 'container-exists' });
      expect(await stage.runtime.state(id)).toMatchObject({ status: 'running' });
      await run.stopped(0);
    });

    test.each(['--help', '-d', '../x', 'a/b', '', '.', 'a b', 'a\n', `x${'x'.repeat(64)}`, 'a\0'])(
      'takes %j for no id',
      async (id) => {
        for (const call of [
          () => stage.runtime.state(id),
          () => stage.runtime.start(id),
          () => stage.runtime.delete(id, { force: true }),
          () => stage.runtime.kill(id, 'SIGKILL'),
          () => stage.runtime.update(id, {}),
        ]) {
          await expect(call()).rejects.toMatchObject({ code: 'bad-arguments' });
        }
      },
    );
  });
}
