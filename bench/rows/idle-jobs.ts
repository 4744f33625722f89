import { setTimeout as sleep } from 'node:timers/promises';
import { BenchAgent } from '../agent/bench-agent.ts';
import { submitAll } from '../agent/submit-all.ts';
import { proportional, resident } from '../agent/memory.ts';
import type { Row } from '../row.ts';

const FIRST = 100;
const MORE = 1000;
const SETTLE_MS = 1000;

/** What a job costs that runs and says nothing. */
export const idleJobs: Row = {
  name: 'idle-jobs',
  does: `Starts ${FIRST} jobs that sleep, then ${MORE} more, and divides what agent and keeper grew by between the two.`,
  warmUp: false,
  figures: [
    {
      key: 'each',
      name: 'each idle supervised job',
      unit: 'kB',
      target: { of: 'value', atMost: 32 },
      peers: 'PM2 57, supervisord 4',
    },
    { key: 'keeperEach', name: 'the same: of it in the keeper', unit: 'kB' },
    { key: 'share', name: `keeper with ${FIRST} jobs, by its share (PSS): for each job`, unit: 'kB' },
  ],
  note: `A helper process for each job would cost 79 to 150 kB of PSS (a static C program, a shell) and 9,000 to 18,000 kB (those of containerd and Nomad).`,
  async open(stage) {
    const more = stage.sized(MORE);
    return {
      ours: async () => {
        await using agent = await BenchAgent.start(stage);
        using connection = await agent.connect();
        const command = { command: 'core.system', arguments: { name: 'sleep', args: ['600'], dir: stage.root } };
        const first = stage.sized(FIRST);
        await submitAll(agent, connection, first, () => command);
        await sleep(SETTLE_MS);
        const { keeperPid, pids } = agent;
        const before = resident(pids).now;
        const keeper =
          keeperPid === undefined ? undefined : { rss: resident([keeperPid]).now, share: proportional(keeperPid) };
        await submitAll(agent, connection, more, () => command);
        await sleep(SETTLE_MS);
        const each = (resident(pids).now - before) / more / 1e3;
        if (keeperPid === undefined || keeper === undefined) return { each };
        return {
          each,
          keeperEach: (resident([keeperPid]).now - keeper.rss) / more / 1e3,
          share: keeper.share / first / 1e3,
        };
      },
      [Symbol.asyncDispose]: async () => {},
    };
  },
};
