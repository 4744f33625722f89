import { setTimeout as sleep } from 'node:timers/promises';
import { BenchAgent } from '../agent/bench-agent.ts';
import { proportional, resident } from '../agent/memory.ts';
import { ContainerClient, whyNoContainers } from '../containers/container-client.ts';
import { leftOf } from '../containers/leftovers.ts';
import type { Row } from '../row.ts';

const COUNT = 100;
const SETTLE_MS = 1000;

/** What many containers cost, and what is left of them. */
export const containers: Row = {
  name: 'containers',
  does: `Creates and starts ${COUNT} containers of a busybox at once, lists them, stops them, removes them, and looks for what is left.`,
  rounds: 3,
  warmUp: false,
  figures: [
    { key: 'create', name: `${COUNT} containers created and running`, unit: 's' },
    { key: 'list', name: 'listed', unit: 'ms' },
    { key: 'stop', name: 'stopped', unit: 's' },
    { key: 'remove', name: 'removed', unit: 's' },
    {
      key: 'left',
      name: 'mounts, control groups, processes and files left',
      unit: '',
      target: { of: 'value', atMost: 0 },
      isCount: true,
    },
    { key: 'each', name: 'each idle container: agent and keeper', unit: 'kB' },
    { key: 'own', name: 'each idle container: its own process, by its share (PSS)', unit: 'kB' },
  ],
  async open(stage) {
    const missing = whyNoContainers();
    if (missing !== undefined) throw new Error(missing);
    const count = stage.sized(COUNT);
    const found = new Set<string>();
    return {
      ours: async () => {
        await using agent = await BenchAgent.start(stage);
        using client = await ContainerClient.open(stage, agent);
        const change = {
          entry_point: { path: '/bin/sleep', args: ['600'] },
          stop_signal: 'KILL',
          stop_grace: 0,
          limits: { memory_mb: 32 },
          run_state: 'running',
        };
        // What the first one loads is no other's.
        const first = await client.create({ ...change, name: 'first' });
        await client.call('container.destroy', { container: first.id, force: true });
        await sleep(SETTLE_MS);
        const before = resident(agent.pids).now;
        const numbers = Array.from({ length: count }, (_, at) => at);
        let began = performance.now();
        const lap = (): number => {
          const took = performance.now() - began;
          began = performance.now();
          return took;
        };
        const made = await Promise.all(numbers.map((at) => client.create({ ...change, name: `many-${at}` })));
        const create = lap() / 1000;
        const listed = (await client.call('container.list', {})) as { readonly pid?: number }[];
        const list = lap();
        if (listed.length !== count) throw new Error(`${listed.length} of ${count} containers are listed`);
        await sleep(SETTLE_MS);
        const each = (resident(agent.pids).now - before) / count / 1e3;
        const own = listed.reduce((sum, { pid = 0 }) => sum + proportional(pid), 0) / count / 1e3;
        began = performance.now();
        await Promise.all(made.map(({ id }) => client.runState(id, 'stopped')));
        const stop = lap() / 1000;
        await Promise.all(made.map(({ id }) => client.call('container.destroy', { container: id })));
        const remove = lap() / 1000;
        const left = leftOf(stage, agent);
        for (const line of left) found.add(line);
        return { create, list, stop, remove, left: left.length, each, own };
      },
      remarks: () => [...found].slice(0, 10).map((line) => `Left: ${line}`),
      [Symbol.asyncDispose]: async () => {},
    };
  },
};
