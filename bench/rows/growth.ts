import { readFileSync } from 'node:fs';
import { openFilesOf } from '../../test/harness/processes.ts';
import { BenchAgent } from '../agent/bench-agent.ts';
import { flow } from '../agent/flow.ts';
import { LoopProbe } from '../agent/loop-probe.ts';
import { submitAll } from '../agent/submit-all.ts';
import type { Figure, Row, Sample } from '../row.ts';
import type { Stage } from '../stage.ts';

const STEPS = [10, 100, 1000, 10_000] as const;
const IN_FLIGHT = 16;
/** Processes and files that others need. */
const SPARE = 200;

/** Whether jobs that run and say nothing slow the others down. */
export const growth: Row = {
  name: 'growth',
  does: `Runs \`true\` again and again, ${IN_FLIGHT} in flight, while 10, 100, 1,000 and 10,000 other jobs sleep, and measures how long the event loops were held up meanwhile; each round in a fresh agent.`,
  rounds: 3,
  warmUp: false,
  figures: STEPS.flatMap((count): Figure[] => {
    const alive = count.toLocaleString('en');
    return [
      { key: `jobs${count}`, name: `one-shot jobs while ${alive} others are alive`, unit: 'jobs/s' },
      { key: `agent${count}`, name: 'the same: agent held up at most', unit: 'ms' },
      { key: `keeper${count}`, name: 'the same: keeper held up at most', unit: 'ms' },
    ];
  }),
  async open(stage) {
    const remarks: string[] = [];
    return {
      ours: async () => measure(stage, remarks),
      remarks: () => remarks,
      [Symbol.asyncDispose]: async () => {},
    };
  },
};

async function measure(stage: Stage, remarks: string[]): Promise<Sample> {
  const probe = new LoopProbe(stage);
  const env = { COREX_JOBS_RUNNING: '20000' };
  await using agent = await BenchAgent.start(stage, { nodeFlags: probe.nodeFlags, env });
  using connection = await agent.connect();
  const sleeper = { command: 'core.system', arguments: { name: 'sleep', args: ['600'], dir: stage.root } };
  const make = (): object => ({ command: 'core.system', arguments: { name: 'true' } });
  const sample: Record<string, number> = {};
  let alive = 0;
  for (const count of STEPS) {
    if (stage.quick && count > 1000) break;
    const { most, because } = mostJobs(agent, alive);
    if (most < count) remarks.push(`At most ${most.toLocaleString('en')} jobs at a time can be had here: ${because}.`);
    // Nearly as many are as good.
    if (most < count * 0.9) break;
    const wanted = Math.min(count, most);
    await submitAll(agent, connection, wanted - alive, () => sleeper);
    alive = wanted;
    for (const pid of agent.pids) await probe.read(pid);
    sample[`jobs${count}`] = await flow(connection, {
      inFlight: IN_FLIGHT,
      until: { seconds: stage.sized(1.5) },
      make,
    });
    const own = await probe.read(agent.pid);
    if (own !== undefined) sample[`agent${count}`] = own.max;
    const keeper = agent.keeperPid === undefined ? undefined : await probe.read(agent.keeperPid);
    if (keeper !== undefined) sample[`keeper${count}`] = keeper.max;
  }
  return sample;
}

/** How many jobs this machine has processes and files for, by what those that are alive take. */
function mostJobs(agent: BenchAgent, alive: number): { readonly most: number; readonly because: string } {
  const processes = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'));
  const bounds = [{ most: processes - SPARE, because: `the kernel numbers ${processes} processes` }];
  // Of few jobs the files say nothing: the agent itself has as many.
  for (const pid of alive < 1000 ? [] : agent.pids) {
    const each = openFilesOf(pid).size / alive;
    const limit = Number(/^Max open files +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1]);
    const because = `each takes ${each.toFixed(1)} files of a process that may have ${limit}`;
    bounds.push({ most: Math.floor((limit - SPARE) / each), because });
  }
  return bounds.toSorted((one, other) => one.most - other.most)[0]!;
}
