// Agent and keeper die under containers, and at every step of making one.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { again, attend } from '../harness/attend.ts';
import { isAlive } from '../harness/processes.ts';
import { codeOf, ContainerStage } from '../harness/container-stage.ts';
import { requires } from '../harness/requires.ts';
import { until } from '../harness/until.ts';

/** Steps of the agent that every run of the suite dies at; COREX_ALL_FAULTS=true has the rest, too. */
const FAULTS = ['containers.oci.planned:1', 'containers.clear.before:1'];
const MORE_FAULTS = [
  'containers.commit.written:1',
  'containers.start.noted:1',
  'agent.spawn.sent:1',
  'containers.remove.done:1',
  'containers.commit.before:1',
  'containers.start.before:1',
  'containers.start.submitted:1',
  'containers.main.before:1',
  'containers.main.made:1',
  'containers.oci.root:1',
  'containers.oci.file:1',
  'containers.oci.network:1',
  'containers.oci.config:1',
  'containers.oci.delete:1',
  'containers.oci.leave:1',
  'agent.spawn.answered:1',
  'containers.exec.before:1',
  'containers.oci.exec:1',
  'containers.copy.before:1',
  'containers.end.before:1',
  'containers.clear.done:1',
  'containers.destroy.before:1',
  'containers.remove.before:1',
  'containers.oci.remove:1',
];
const ALL = process.env['COREX_ALL_FAULTS'] === 'true';

describe.runIf(requires('root', 'runc', 'busybox', 'mounts'))('containers', { timeout: 300_000 }, () => {
  test('go on under the next agent: processes, their ends, and handles made anew', async () => {
    await using on = await ContainerStage.begin();
    const script = 'trap "exit 6" TERM; sleep 1000 & wait';
    const change = { entry_point: { path: '/bin/sh', args: ['-c', script] }, stop_grace: 5 };
    const ids = await Promise.all(Array.from({ length: 10 }, () => on.running(change)));
    const [first = ''] = ids;
    const exec = await on.execScript(first, 'sleep 1000');
    const before = await Promise.all(ids.map((id) => on.state(id)));
    const handle = await on.handle(first);

    await on.stage.restart();

    const after = await Promise.all(ids.map((id) => on.state(id)));
    expect(after.map(({ state, main }) => ({ state, pid: main?.pid }))).toEqual(
      before.map(({ main }) => ({ state: 'running', pid: main?.pid })),
    );
    expect(after[0]?.execs).toContainEqual(expect.objectContaining({ id: exec, state: 'started' }));
    expect(await codeOf(on.commit(handle))).toBe('unknown-handle');
    expect((await on.exec(first, 'echo', 'still')).streams[0]).toBe('still\n');
    await Promise.all(ids.map((id) => on.runState(id, 'stopped')));
    const ended = await Promise.all(ids.map((id) => on.state(id)));
    expect(ended.map(({ main }) => main?.exit)).toEqual(ids.map(() => ({ code: 6 })));
    expect((await on.client.job(exec).result()).reason).toBe('signaled');
    expect(ended.flatMap(({ events }) => events.map(({ event }) => event))).toEqual(
      ids.flatMap(() => ['created', 'started', 'stopped']),
    );
  });

  test('end with the keeper, truthfully, leave nothing, and can be started again', async () => {
    await using on = await ContainerStage.begin();
    const ids = await Promise.all(Array.from({ length: 10 }, () => on.running()));
    const pids = (await Promise.all(ids.map((id) => on.state(id)))).map(({ main }) => main?.pid ?? 0);
    await on.stage.killKeeper();
    for (const id of ids) {
      const { main } = await on.wait(id, 'stopped');
      expect(main).toMatchObject({ state: 'exited', reason: 'lost' });
      expect(main?.exit).toBeUndefined();
    }
    for (const pid of pids) expect(isAlive(pid)).toBe(false);
    expect(leftOf(on)).toMatchObject({ runtime: [] });
    await Promise.all(ids.map((id) => on.runState(id, 'running')));
    expect((await on.state(ids[0] ?? '')).state).toBe('running');
  });

  test('come and go whole although the agent dies at any step', async () => {
    await using on = await ContainerStage.begin();
    for (const point of [...FAULTS, ...(ALL ? MORE_FAULTS : [])]) {
      await on.stage.restart(`${point}:kill`);
      using _attendance = attend(on.stage);
      const name = on.name();
      const retry = <Answer>(what: string, work: () => Promise<Answer>): Promise<Answer> =>
        again(`${what} at ${point}`, work);
      await retry('it runs', async () => {
        const known = (await on.list()).find((info) => info.name === name);
        if (known === undefined)
          await on.commit(await on.copyTo(await on.create({ name, run_state: 'running' }), '/file', 'x'));
        else if (known.state !== 'running') await on.runState(name, 'running');
      });
      const id = await retry('it is known', async () => (await on.state(name)).id);
      const said = await retry('a program runs', async () => (await on.exec(name, 'cat', '/file')).streams[0]);
      expect([point, said]).toEqual([point, 'x']);
      await retry('a file goes in', async () => on.commit(await on.copyTo(await on.handle(name), '/late', 'y')));
      await retry('it stops', async () => {
        await on.runState(name, 'stopped');
        await on.wait(name, 'stopped');
      });
      const { events, starts } = await retry('it is looked at', () => on.state(name));
      expect([point, events.map(({ number }) => number)]).toEqual([point, events.map((_, index) => index + 1)]);
      expect([point, events.filter(({ event }) => event === 'started').length <= starts]).toEqual([point, true]);
      await retry('it goes', async () => {
        if ((await on.list()).some((info) => info.id === id)) await on.call('container.destroy', { container: id });
      });
      // A removal that was told goes on under the next agent.
      await until('it is gone', async () => (await on.list()).length === 0);
      expect([point, leftOf(on)]).toEqual([point, { runtime: [], roots: [], made: [] }]);
      // The step must have been there to die at.
      expect([point, on.stage.hasDied]).toEqual([point, true]);
    }
  });
});

/** What is on the disk of containers. */
function leftOf(on: ContainerStage): Record<'runtime' | 'roots' | 'made', string[]> {
  const { dataDir } = on.stage;
  const run = on.stage.at('run');
  const states = readdirSync(run).filter((name) => name.startsWith('containers-'));
  const names = (directory: string): string[] =>
    existsSync(directory) ? readdirSync(directory).filter((name) => !name.startsWith('.')) : [];
  return {
    runtime: states.flatMap((state) => names(path.join(run, state, 'runc/containers'))),
    roots: names(path.join(dataDir, 'images/roots')),
    made: names(path.join(dataDir, 'containers/made')),
  };
}
