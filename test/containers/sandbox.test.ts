// What runs in containers while agent and callers die: jobs go on, and a container for one program is gone afterwards.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { shortDirectoryName } from '../../src/host/runtime-directory.ts';
import { finished, startCorex } from '../cli/corex.ts';
import { ContainerStage } from '../harness/container-stage.ts';
import { requires } from '../harness/requires.ts';
import { until } from '../harness/until.ts';

describe.runIf(requires('root', 'runc', 'busybox', 'mounts'))('in containers', { timeout: 120_000 }, () => {
  test('jobs outlive the agent, with every line and their exit code', async () => {
    await using on = await ContainerStage.begin();
    const id = await on.running();
    const script = 'i=0; while [ ! -e /go ]; do i=$((i+1)); echo $i; sleep 0.02; done; exit 3';
    const command = { command: 'core.system', tags: ['kept'], arguments: { name: 'sh', args: ['-c', script] } };
    const { id: job } = await on.call<{ id: string }>('container.dispatch', { container: id, command });
    await until('it has said something', async () => (await on.client.jobs.get(job)).output > 20);
    await on.stage.restart();
    await on.exec(id, 'touch', '/go');
    const result = await on.client.job(job).result();
    expect(result).toMatchObject({ reason: 'exited', exit: { code: 3 }, runs: 1, tags: ['kept'] });
    const lines = result.streams[0].trimEnd().split('\n').map(Number);
    expect(lines).toEqual(lines.map((_, index) => (lines[0] ?? 0) + index));
  });

  test('a program in one of its own goes on while the agent dies, its caller hears its end, and nothing is left', async () => {
    await using on = await ContainerStage.begin();
    const env = { COREX_URL: `unix:${on.stage.at('s')}` };
    const options = ['--image', 'tiny', '--memory', '64MiB', '--network', 'none'];
    const script = 'echo began; while [ ! -e /go ]; do sleep 0.05; done; echo ended; exit 5';
    const caller = startCorex(['run', ...options, '--id', 'heard', '--', 'sh', '-c', script], { env });
    let said = '';
    caller.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const heard = finished(caller);
    // The caller of this one dies, too.
    const alone = startCorex(['run', ...options, '--id', 'alone', '--', 'sh', '-c', script], { env });
    await until('both run', async () => (await on.list('running')).length === 2);
    await until('the caller has heard of it', () => said.includes('began'));
    alone.kill('SIGKILL');
    const ids = (await on.list()).map(({ id }) => id);
    await on.stage.restart();
    for (const name of ['heard', 'alone']) await on.exec(name, 'touch', '/go');
    const { code, stdout, stderr } = await heard;
    expect({ code, said: stdout.toString(), stderr }).toMatchObject({ code: 5, said: 'began\nended\n' });
    await until('both are gone', async () => (await on.list()).length === 0);
    expect(readdirSync(`${on.stage.dataDir}/images/roots`)).toEqual([]);
    for (const id of ids) expect(existsSync(`${on.stage.dataDir}/containers/made/${id}`)).toBe(false);
  });

  test('the caller hears the end of a program although the agent dies before it says that it began', async () => {
    await using on = await ContainerStage.begin();
    const env = { COREX_URL: `unix:${on.stage.at('s')}` };
    const line = ['run', '--image', 'tiny', '--', 'sh', '-c', 'echo said; exit 5'];
    const lives = ['containers.commit.written:1', 'containers.commit.before:1'];
    for (const point of lives) {
      await on.stage.restart(`${point}:kill`);
      const ended = finished(startCorex(line, { env }));
      await on.stage.agentDied();
      await on.stage.start();
      const { code, stdout, stderr } = await ended;
      const answer = { point, code, said: stdout.toString(), stderr };
      if (point === 'containers.commit.before:1') {
        expect(answer).toMatchObject({ code: 125, said: '', stderr: expect.stringContaining('nothing was begun') });
      } else expect(answer).toEqual({ point, code: 5, said: 'said\n', stderr: '' });
      await until('nothing is left', async () => (await on.list()).length === 0);
    }
  });

  test('a program on a terminal outlives the agent, can be typed to, and its container is gone afterwards', async () => {
    await using on = await ContainerStage.begin();
    const script = 'tty; read line; echo "got $line"; exit 6';
    const { main = '' } = await on.commit(
      await on.create({
        auto_remove: true,
        run_state: 'running',
        entry_point: { path: '/bin/sh', args: ['-c', script] },
        open_stdin: true,
        terminal: { columns: 80, rows: 24 },
      }),
    );
    await until('it has said something', async () => (await on.client.jobs.get(main)).output > 0);
    await on.stage.restart();
    expect(await on.list('running')).toHaveLength(1);
    await on.client.job(main).write('typed\n');
    expect(await on.client.job(main).result()).toMatchObject({ reason: 'exited', exit: { code: 6 } });
    await until('it is gone', async () => (await on.list()).length === 0);
    expect(readdirSync(`${on.stage.dataDir}/images/roots`)).toEqual([]);
  });

  test('an agent that ends in order leaves nothing of them on the machine', async () => {
    await using on = await ContainerStage.begin();
    const group = `corex-${shortDirectoryName(on.stage.dataDir)}`;
    const id = await on.running();
    expect(groupsOf(group)).not.toEqual([]);
    await on.destroy(id);
    await on.stage.end();
    expect(groupsOf(group)).toEqual([]);
    expect(readdirSync(on.stage.at('run')).filter((name) => /^(containers|networks)-/.test(name))).toEqual([]);
    await on.stage.start();
  });

  test('a program in one of its own ends while no agent is there, and nothing is left', async () => {
    await using on = await ContainerStage.begin();
    const { id, main = '' } = await on.commit(
      await on.create({
        auto_remove: true,
        run_state: 'running',
        entry_point: { path: '/bin/sh', args: ['-c', 'read line; echo bye; exit 4'] },
        open_stdin: true,
      }),
    );
    const { pid = 0 } = (await on.state(id)).main ?? {};
    await on.stage.killAgent();
    process.kill(pid, 'SIGKILL');
    await on.stage.start();
    await until('it is gone', async () => (await on.list()).length === 0);
    expect(await on.client.job(main).result()).toMatchObject({ reason: 'signaled', exit: { signal: 'SIGKILL' } });
    expect(readdirSync(`${on.stage.dataDir}/images/roots`)).toEqual([]);
  });
});

/** Control groups of a name, in any hierarchy. */
function groupsOf(name: string): string[] {
  const found = (directory: string, depth: number): string[] =>
    readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => {
        const inner = path.join(directory, entry.name);
        if (entry.name === name) return [inner];
        return depth === 0 ? [] : found(inner, depth - 1);
      });
  return found('/sys/fs/cgroup', 5);
}
