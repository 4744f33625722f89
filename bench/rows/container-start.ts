import path from 'node:path';
import { BenchAgent } from '../agent/bench-agent.ts';
import { BareContainer } from '../bare/bare-container.ts';
import { ContainerClient, whyNoContainers } from '../containers/container-client.ts';
import { median } from '../figures/statistics.ts';
import type { Row } from '../row.ts';

const TIMES = 10;

/** How long it takes until a container says its first word. */
export const containerStart: Row = {
  name: 'container-start',
  does: `Starts a stopped container of a busybox ${TIMES} times, from the commit to its first line; the median of these.`,
  bare: '`runc run` with the same `config.json`, but the users of the machine and a directory as root, from its start to the first byte',
  figures: [
    {
      key: 'ms',
      name: 'a container, from the commit to its first line',
      unit: 'ms',
      target: { of: 'ratio', atMost: 1.5 },
    },
    { key: 'new', name: 'the same for one that is new: created, started, its first line', unit: 'ms' },
  ],
  async open(stage) {
    const missing = whyNoContainers();
    if (missing !== undefined) throw new Error(missing);
    await using owned = new AsyncDisposableStack();
    const agent = owned.use(await BenchAgent.start(stage));
    const client = owned.use(await ContainerClient.open(stage, agent));
    const change = {
      entry_point: { path: '/bin/sh', args: ['-c', 'echo first; exec sleep 600'] },
      stop_signal: 'KILL',
      stop_grace: 0,
      limits: { memory_mb: 64 },
    };
    const times = stage.sized(TIMES, 2);
    const { id } = await client.create({ ...change, name: 'again', run_state: 'running' });
    const bundle = path.join(agent.dataDir, 'containers/made', id, 'bundle');
    const bare = new BareContainer(stage, path.join(bundle, 'config.json'));
    await client.runState(id, 'stopped');
    let names = 0;
    owned.defer(async () => {
      await client.call('container.destroy', { container: id, force: true });
    });
    const kept = owned.move();
    return {
      ours: async () => {
        const again: number[] = [];
        const made: number[] = [];
        for (let n = 0; n < times; n += 1) {
          let began = performance.now();
          const { main } = await client.runState(id, 'running');
          await client.firstMessage(main);
          again.push(performance.now() - began);
          await client.runState(id, 'stopped');
          began = performance.now();
          const fresh = await client.create({ ...change, name: `new-${(names += 1)}`, run_state: 'running' });
          await client.firstMessage(fresh.main);
          made.push(performance.now() - began);
          await client.call('container.destroy', { container: fresh.id, force: true });
        }
        return { ms: median(again), new: median(made) };
      },
      bare: async () => {
        const all: number[] = [];
        for (let n = 0; n < times; n += 1) all.push(await bare.firstOutput());
        return { ms: median(all) };
      },
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    };
  },
};
