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
const SPARE = 500;

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
    const lack = whatLacks(agent, alive, count);
    if (lack !== undefined) {
      remarks.push(`${count.toLocaleString('en')} jobs at a time can’t be had here: ${lack}.`);
      break;
    }
    await submitAll(agent, connection, count - alive, () => sleeper);
    alive = count;
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

/** What this machine has too little of for so many jobs, by what those that are alive take; undefined when it suffices. */
function whatLacks(agent: BenchAgent, alive: number, wanted: number): string | undefined {
  const processes = numberIn('/proc/sys/kernel/pid_max');
  if (wanted + SPARE > processes) return `the kernel numbers ${processes} processes`;
  // A few jobs say nothing of what one takes: the files of the agent itself are as many.
  if (alive < 100) return undefined;
  for (const pid of agent.pids) {
    const each = openFilesOf(pid).size / alive;
    const limit = Number(/^Max open files +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1]);
    if (each * wanted + SPARE > limit) return `each takes ${each.toFixed(1)} files of a process that may have ${limit}`;
  }
  return undefined;
}

function numberIn(file: string): number {
  return Number(readFileSync(file, 'utf8'));
}
