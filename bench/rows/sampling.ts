import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchAgent } from '../agent/bench-agent.ts';
import { submitAll } from '../agent/submit-all.ts';
import type { Row } from '../row.ts';
import type { Stage } from '../stage.ts';

const JOBS = 1000;
const SETTLE_MS = 3000;
const MEASURED_MS = 10_000;

/** Clock ticks of a second, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** What it costs to measure many jobs regularly. */
export const sampling: Row = {
  name: 'sampling',
  does: `Lets ${JOBS} jobs sleep that are measured each second, and takes the processor time of the agent for ${MEASURED_MS / 1000} s, threads included; each round in a fresh agent.`,
  bare: 'the same jobs, not measured',
  rounds: 3,
  warmUp: false,
  figures: [
    {
      key: 'cpu',
      name: `measuring ${JOBS.toLocaleString('en')} jobs each second costs the agent`,
      unit: '% of a core',
      target: { of: 'difference', atMost: 10 },
    },
    { key: 'samples', name: 'the same: measurements a second', unit: '1/s' },
  ],
  async open(stage) {
    return {
      ours: async () => measure(stage, 1),
      bare: async () => measure(stage, 0),
      [Symbol.asyncDispose]: async () => {},
    };
  },
};

async function measure(stage: Stage, interval: number): Promise<Record<string, number>> {
  await using agent = await BenchAgent.start(stage);
  using connection = await agent.connect();
  const command = {
    command: 'core.system',
    stats_interval: interval,
    arguments: { name: 'sleep', args: ['600'], dir: stage.root },
  };
  await submitAll(agent, connection, stage.sized(JOBS), () => command);
  await sleep(SETTLE_MS);
  const before = { ticks: ticksOf(agent.pid), at: performance.now(), samples: await samplesOf(agent) };
  await sleep(stage.sized(MEASURED_MS));
  const seconds = (performance.now() - before.at) / 1000;
  const cpu = ((ticksOf(agent.pid) - before.ticks) / TICKS_PER_SECOND / seconds) * 100;
  return { cpu, samples: ((await samplesOf(agent)) - before.samples) / seconds };
}

/** Measurements the agent has taken of all jobs. */
async function samplesOf(agent: BenchAgent): Promise<number> {
  const { measurements } = (await agent.call('core.state')) as { readonly measurements: number };
  return measurements;
}

function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
