import { setTimeout as sleep } from 'node:timers/promises';
import { BenchAgent } from '../agent/bench-agent.ts';
import { flow } from '../agent/flow.ts';
import { NO_SPAWN_LOOP, spawnLoop } from '../bare/spawn-loop.ts';
import { percentile } from '../figures/statistics.ts';
import type { Row } from '../row.ts';

const PAUSE_MS = 5;

/** How long one job takes that is alone on an idle agent. */
export const latency: Row = {
  name: 'latency',
  does: `Runs one \`true\` at a time, ${PAUSE_MS} ms after the one before, from the command to the result.`,
  bare: `the C loop with one child at a time, ${PAUSE_MS} ms after the one before`,
  figures: [
    {
      key: 'p50',
      name: 'one job on an idle agent, p50',
      unit: 'ms',
      target: { of: 'ratio', atMost: 6 },
      peers: 'n8n 82, E2B ~200',
    },
    {
      key: 'p50',
      name: 'the same, above a direct child, p50',
      unit: 'ms',
      target: { of: 'difference', atMost: 10 },
    },
    { key: 'p99', name: 'one job on an idle agent, p99', unit: 'ms', target: { of: 'value', atMost: 20 } },
  ],
  async open(stage) {
    const owned = new AsyncDisposableStack();
    const agent = owned.use(await BenchAgent.start(stage));
    const connection = owned.use(await agent.connect());
    const loop = spawnLoop(stage);
    const make = (): object => ({ command: 'core.system', arguments: { name: 'true' } });
    const count = stage.sized(300, 20);
    return {
      ours: async () => {
        const times: number[] = [];
        while (times.length < count) {
          await sleep(PAUSE_MS);
          const began = performance.now();
          await flow(connection, { inFlight: 1, until: { count: 1 }, make });
          times.push(performance.now() - began);
        }
        return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
      },
      ...(loop === undefined
        ? {}
        : {
            bare: async () => {
              const { p50, p99 } = await loop({ seconds: stage.sized(2, 0.2), inFlight: 1, pauseMs: PAUSE_MS });
              return { p50, p99 };
            },
          }),
      remarks: () => (loop === undefined ? [NO_SPAWN_LOOP] : []),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
};
