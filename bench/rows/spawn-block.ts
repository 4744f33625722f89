import { BenchAgent } from '../agent/bench-agent.ts';
import { flow } from '../agent/flow.ts';
import { LoopProbe } from '../agent/loop-probe.ts';
import { resident } from '../agent/memory.ts';
import type { Row, Sample } from '../row.ts';
import type { Stage } from '../stage.ts';

const BALLAST_MIB = 1024;
const WARM_UP_JOBS = 100;
const JOBS = 200;
const IN_FLIGHT = 16;

/** How long starting jobs holds up an agent that has much memory: a fork would copy its page tables each time. */
export const spawnBlock: Row = {
  name: 'spawn-block',
  does: `Runs ${JOBS} jobs, ${IN_FLIGHT} in flight, in an agent that holds 1 GiB, and measures how long its event loop was held up at most; each round in a fresh agent.`,
  bare: 'the same in an agent that holds nothing',
  warmUp: false,
  figures: [
    {
      key: 'agent',
      name: '200 jobs started at 1 GiB: agent held up at most',
      unit: 'ms',
      target: { of: 'value', atMost: 20 },
    },
    { key: 'agentP99', name: 'the same, p99', unit: 'ms' },
    { key: 'keeper', name: 'the same: keeper held up at most', unit: 'ms' },
    { key: 'jobs', name: 'the same', unit: 'jobs/s' },
  ],
  note: `After ${WARM_UP_JOBS} jobs that do not count. Of the keeper the ballast is no part.`,
  async open(stage) {
    return {
      ours: async () => measure(stage, BALLAST_MIB),
      bare: async () => measure(stage, 0),
      [Symbol.asyncDispose]: async () => {},
    };
  },
};

async function measure(stage: Stage, ballastMib: number): Promise<Sample> {
  const probe = new LoopProbe(stage, ballastMib);
  await using agent = await BenchAgent.start(stage, { nodeFlags: probe.nodeFlags });
  if (resident([agent.pid]).now < ballastMib * 2 ** 20) throw new Error('The agent does not hold its ballast');
  using connection = await agent.connect();
  const make = (): object => ({ command: 'core.system', arguments: { name: 'true' } });
  await flow(connection, { inFlight: IN_FLIGHT, until: { count: stage.sized(WARM_UP_JOBS) }, make });
  for (const pid of agent.pids) await probe.read(pid);
  const jobs = await flow(connection, { inFlight: IN_FLIGHT, until: { count: stage.sized(JOBS) }, make });
  const ours = await probe.read(agent.pid);
  const keeper = agent.keeperPid === undefined ? undefined : await probe.read(agent.keeperPid);
  return {
    jobs,
    ...(ours === undefined ? {} : { agent: ours.max, agentP99: ours.p99 }),
    ...(keeper === undefined ? {} : { keeper: keeper.max }),
  };
}
