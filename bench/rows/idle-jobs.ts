import { setTimeout as sleep } from 'node:timers/promises';
import { BenchAgent } from '../agent/bench-agent.ts';
import { submitAll } from '../agent/submit-all.ts';
import { resident } from '../agent/memory.ts';
import type { Row } from '../row.ts';

const FIRST = 200;
const MORE = 1000;
const SETTLE_MS = 1000;

/** What a job costs that runs and says nothing. */
export const idleJobs: Row = {
  name: 'idle-jobs',
  does: `Starts ${FIRST} jobs that sleep, then ${MORE} more, and divides what agent and keeper grew by between the two.`,
  rounds: 3,
  warmUp: false,
  figures: [
    {
      key: 'each',
      name: 'each idle supervised job',
      unit: 'kB',
      target: { of: 'value', atMost: 32 },
      peers: 'PM2 57, supervisord 4',
    },
  ],
  async open(stage) {
    const more = stage.sized(MORE);
    return {
      ours: async () => {
        await using agent = await BenchAgent.start(stage);
        using connection = await agent.connect();
        const command = { command: 'core.system', arguments: { name: 'sleep', args: ['600'], dir: stage.root } };
        await submitAll(agent, connection, stage.sized(FIRST), () => command);
        await sleep(SETTLE_MS);
        const before = resident(agent.pids).now;
        await submitAll(agent, connection, more, () => command);
        await sleep(SETTLE_MS);
        return { each: (resident(agent.pids).now - before) / more / 1e3 };
      },
      [Symbol.asyncDispose]: async () => {},
    };
  },
};
