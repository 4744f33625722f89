import { setTimeout as sleep } from 'node:timers/promises';
import { BenchAgent } from '../agent/bench-agent.ts';
import { flow } from '../agent/flow.ts';
import { resident, restingFiles } from '../agent/memory.ts';
import type { Row } from '../row.ts';

const JOBS = 10_000;
const CALLS = 100_000;
const SETTLE_MS = 1000;

/** What agent and keeper hold: just started, and after many jobs. */
export const memory: Row = {
  name: 'memory',
  does: `Looks at the resident memory of a fresh agent (with its keeper) one second after its start, and again one second after ${JOBS} one-shot jobs, 16 in flight, and again after ${CALLS} calls, 64 in flight.`,
  warmUp: false,
  figures: [
    {
      key: 'fresh',
      name: 'agent, fresh: resident',
      unit: 'MB',
      target: { of: 'value', atMost: 170 },
      peers: 'PM2 56, supervisord 22',
    },
    {
      key: 'after',
      name: `agent, after ${JOBS.toLocaleString('en')} jobs: resident`,
      unit: 'MB',
      target: { of: 'value', atMost: 220 },
    },
    {
      key: 'files',
      name: 'the same: open files more than after the first hundredth',
      unit: 'files',
      isCount: true,
      target: { of: 'value', atMost: 0 },
    },
    { key: 'calls', name: `the same, after ${CALLS.toLocaleString('en')} calls more`, unit: 'MB' },
    { key: 'peak', name: 'the same: most it ever had', unit: 'MB' },
  ],
  note: 'Resident memory counts the text of Node, which all Node processes of a machine share, in each process.',
  async open(stage) {
    const count = stage.sized(JOBS, 300);
    return {
      ours: async () => {
        await using agent = await BenchAgent.start(stage);
        await sleep(SETTLE_MS);
        const fresh = resident(agent.pids).now;
        using connection = await agent.connect();
        const make = (): object => ({ command: 'core.system', arguments: { name: 'true' } });
        const first = Math.round(count / 100);
        await flow(connection, { inFlight: 16, until: { count: first }, make });
        await sleep(SETTLE_MS);
        const files = restingFiles(agent.pids);
        await flow(connection, { inFlight: 16, until: { count: count - first }, make });
        await sleep(SETTLE_MS);
        const after = resident(agent.pids).now;
        const moreFiles = restingFiles(agent.pids) - files;
        const ping = (): object => ({ command: 'core.ping' });
        await flow(connection, { inFlight: 64, until: { count: stage.sized(CALLS) }, make: ping });
        await sleep(SETTLE_MS);
        const { now, peak } = resident(agent.pids);
        return { fresh: fresh / 1e6, after: after / 1e6, files: moreFiles, calls: now / 1e6, peak: peak / 1e6 };
      },
      remarks: () => (count === JOBS ? [] : [`Only ${count} jobs were run.`]),
      [Symbol.asyncDispose]: async () => {},
    };
  },
};
