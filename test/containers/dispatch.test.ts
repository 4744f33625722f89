// Jobs in containers are jobs: what is promised of those on the machine holds for them, too.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { codeOf, ContainerStage } from '../harness/container-stage.ts';
import { requires } from '../harness/requires.ts';
import { until } from '../harness/until.ts';

describe.runIf(requires('root', 'runc', 'busybox', 'mounts'))('jobs in a container', { timeout: 60_000 }, () => {
  let on: ContainerStage;

  beforeAll(async () => {
    on = await ContainerStage.begin();
  }, 60_000);

  afterAll(async () => {
    await on[Symbol.asyncDispose]();
  }, 60_000);

  async function dispatch(container: string, script: string, more: object = {}): Promise<string> {
    const command = { command: 'core.system', arguments: { name: 'sh', args: ['-c', script] }, ...more };
    return (await on.call<{ id: string }>('container.dispatch', { container, command })).id;
  }

  test('wait in the queue they name, beside jobs of the machine', async () => {
    const id = await on.running();
    const queue = on.name();
    const first = await dispatch(id, 'while [ ! -e /go ]; do sleep 0.05; done', { queue });
    await until('the first runs', async () => (await on.client.jobs.get(first)).state === 'running');
    const second = await dispatch(id, 'echo second', { queue });
    const third = on.client.run({ command: 'core.system', queue, arguments: { name: 'echo', args: ['third'] } });
    await third.accepted;
    const states = await Promise.all([second, third.id].map(async (job) => (await on.client.jobs.get(job)).state));
    expect(states).toEqual(['queued', 'queued']);
    await on.exec(id, 'touch', '/go');
    const results = [await on.client.job(second).result(), await third.result()];
    expect(results.map(({ streams, container }) => [streams[0], container])).toEqual([
      ['second\n', (await on.config(id)).number],
      ['third\n', 0],
    ]);
    expect(results[0]?.starttime).toBeLessThanOrEqual(results[1]?.starttime ?? 0);
    await on.destroy(id);
  });

  test('stream messages with levels, take input, and are measured while they run', async () => {
    const id = await on.running();
    const job = on.client.run({
      command: 'container.exec',
      stats_interval: 0.25,
      arguments: {
        container: id,
        name: 'sh',
        args: ['-c', `echo 2::told; echo '20::{"given":true}'; read line; echo "got $line" >&2; read line`],
        open_stdin: true,
      },
    });
    const seen: string[] = [];
    for await (const item of job.messages()) {
      if (item.type === 'message') seen.push(`${item.level}:${item.text}`);
      if (item.type === 'message' && item.text === 'told') await on.call('job.stdin', { id: job.id, text: 'word\n' });
      if (item.type !== 'stats') continue;
      expect(item.rss).toBeGreaterThan(0);
      await on.call('job.stdin', { id: job.id, text: 'end\n' });
    }
    expect(seen).toEqual(['2:told', '20:{"given":true}', '2:got word']);
    expect(await job.result()).toMatchObject({ state: 'SUCCESS', data: '{"given":true}', level: 20 });
    await on.destroy(id);
  });

  test('are measured by their family, and the main process by the control groups of all', async () => {
    const id = await on.running();
    const other = await dispatch(id, 'sleep 2004');
    await until('it runs', async () => (await on.client.jobs.get(other)).state === 'running');
    const { jobs } = on.client;
    const main = await until('the whole is measured', async () => (await jobs.stats(`${id}.1`))?.cgroup);
    if (main.processes !== undefined) expect(main.processes).toBeGreaterThanOrEqual(2);
    expect((await jobs.stats(other))?.cgroup).toBeUndefined();
    await on.destroy(id);
  });

  test('are killed with all they started, and nothing else is', async () => {
    const id = await on.running();
    const job = await dispatch(id, 'trap "" TERM; sleep 2001 & (setsid sleep 2002 &) ; echo ready; wait; sleep 2003', {
      kill_grace: 0.1,
    });
    await until('it has begun', async () => (await on.client.jobs.get(job)).output >= 'ready\n'.length);
    await on.call('job.kill', { id: job });
    expect(await on.client.job(job).result()).toMatchObject({ reason: 'killed', state: 'KILLED', survivors: [] });
    expect((await on.exec(id, 'ps')).streams[0]).not.toMatch(/sleep 200\d/);
    expect((await on.state(id)).state).toBe('running');
    await on.destroy(id);
  });

  test('are restarted in it as long as it runs, and end with it', async () => {
    const id = await on.running();
    const job = await dispatch(id, 'echo again; exit 1', { max_restart: 100, restart_delay: 0.05 });
    await until('it was restarted', async () => (await on.client.jobs.get(job)).runs > 2);
    await on.runState(id, 'stopped');
    expect((await on.client.job(job).result()).state).toBe('ERROR');
    expect(await codeOf(dispatch(id, 'true'))).toBe('not-running');
    await on.destroy(id);
  });
});
