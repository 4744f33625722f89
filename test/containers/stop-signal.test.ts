import { execFileSync } from 'node:child_process';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { stopSignalOf } from '../../src/containers/stop-signal.ts';
import type { ContainerConfig } from '../../src/protocol/container.ts';
import { ContainerStage } from '../harness/container-stage.ts';
import { requires } from '../harness/requires.ts';
import { makeTinyRoot } from '../harness/tiny-root.ts';
import { writeLayout } from '../oci/images/image-stage.ts';

test.each([
  ['SIGINT', 'SIGQUIT', 'SIGINT'],
  [undefined, 'SIGQUIT', 'SIGQUIT'],
  [undefined, '3', 'SIGQUIT'],
  [undefined, 'SIGNOTHING', 'SIGTERM'],
  [undefined, undefined, 'SIGTERM'],
])('a container that says %s, of an image that says %s, is asked to end by %s', async (own, image, signal) => {
  const maker = { imageStopSignal: async () => image };
  const config = { stop_signal: own } as ContainerConfig;
  expect(await stopSignalOf('c', config, maker)).toBe(signal);
});

describe.runIf(requires('root', 'runc', 'busybox', 'mounts'))('a container', { timeout: 60_000 }, () => {
  let on: ContainerStage;

  beforeAll(async () => {
    on = await ContainerStage.begin();
    const layer = execFileSync('tar', ['-C', makeTinyRoot(on.stage.at('root')), '-c', '.'], {
      maxBuffer: 64 * 1024 * 1024,
    });
    writeLayout(on.stage.at('layout'), { quits: [layer] }, { StopSignal: 'SIGQUIT' });
    const source = `oci:${on.stage.at('layout')}`;
    await on.client.run({ command: 'image.import', arguments: { source, name: 'quits' } }).result();
  }, 60_000);

  afterAll(async () => {
    await on[Symbol.asyncDispose]();
  }, 60_000);

  const script = 'trap "exit 3" QUIT; trap "exit 4" INT; trap "exit 5" TERM; while :; do sleep 0.05; done';

  test('is asked to end as its image says, unless it says so itself', async () => {
    const exits: unknown[] = [];
    for (const change of [{ image: 'quits' }, { image: 'quits', stop_signal: 'INT' }, {}]) {
      const id = await on.script(script, { ...change, stop_grace: 10 });
      await on.runState(id, 'stopped');
      exits.push((await on.state(id)).main?.exit_code);
      await on.destroy(id);
    }
    expect(exits).toEqual([3, 4, 5]);
  });

  test('that is destroyed while it runs is asked in the same way', async () => {
    const id = await on.script(script, { image: 'quits', stop_grace: 10 });
    await on.call('container.destroy', { container: id, force: true });
    expect((await on.client.job(`${id}.1`).result()).exit).toEqual({ code: 3 });
  });
});
