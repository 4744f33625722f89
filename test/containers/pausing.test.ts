import { describe, expect, test } from 'vitest';

import { codeOf, ContainerStage } from '../harness/container-stage.ts';
import { isAlive } from '../harness/processes.ts';
import { requires } from '../harness/requires.ts';
import { until } from '../harness/until.ts';

describe.runIf(requires('root', 'runc', 'busybox', 'mounts'))('a paused container', { timeout: 60_000 }, () => {
  test('is told from one that runs, and comes to an end however that is asked for', async () => {
    await using on = await ContainerStage.begin();
    const [id, other] = await Promise.all([on.running(), on.running()]);
    expect(await codeOf(on.call('container.resume', { container: id }))).toBe('not-running');
    for (const container of [id, other]) await on.call('container.pause', { container });
    await expect(on.call('container.pause', { container: id })).rejects.toMatchObject({
      code: 'not-running',
      message: expect.stringMatching(/it is paused already$/) as string,
    });
    await on.client.job((await on.state(id)).main?.id ?? '').kill();
    expect((await on.wait(id, 'stopped')).main).toMatchObject({ exit: { code: 0 } });
    await on.destroy(other);
  });

  test('goes with the keeper', async () => {
    await using on = await ContainerStage.begin();
    const id = await on.running();
    const { main } = await on.state(id);
    await on.call('container.pause', { container: id });
    await on.stage.killKeeper();
    expect(await on.wait(id, 'stopped')).toMatchObject({ paused: false, main: { reason: 'lost' } });
    expect(isAlive(main?.pid ?? 0)).toBe(false);
  });

  test('is known as such when the agent died over pausing it, and can be resumed or ended', async () => {
    await using on = await ContainerStage.begin();
    const ids = await Promise.all([on.running(), on.running()]);
    for (const id of ids) {
      await on.stage.restart('containers.pause.noted:1:kill');
      void on.call('container.pause', { container: id }).catch(() => undefined);
      await on.stage.agentDied();
      await on.stage.start();
      await until('it is known', async () => (await on.state(id)).paused);
    }
    const [resumed, ended] = ids;
    await on.call('container.resume', { container: resumed });
    expect((await on.exec(resumed, 'true')).state).toBe('SUCCESS');
    await on.runState(ended, 'stopped');
    expect((await on.state(ended)).main).toMatchObject({ exit: { code: 0 } });
  });
});
