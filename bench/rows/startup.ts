import { writeFileSync } from 'node:fs';
import { until } from '../../test/harness/until.ts';
import type { StartupReport } from '../../src/engine/startup-access.ts';
import { BenchAgent } from '../agent/bench-agent.ts';
import type { Row } from '../row.ts';
import type { Stage } from '../stage.ts';

const ENTRIES = 200;
/** Each entry comes after two of the level above. */
const LEVELS = 10;
/** What each entry has to live until those after it may start, seconds. */
const DELAY_S = 0.1;
const WITHIN_MS = 120_000;

/** What the order of a startup costs beside the time its entries ask for. */
export const startup: Row = {
  name: 'startup',
  does: `Starts an agent with ${ENTRIES} entries in ${LEVELS} levels, each after two of the level above, and waits until all run.`,
  rounds: 5,
  warmUp: false,
  figures: [
    {
      key: 'beyond',
      name: 'from the first start until the last entry runs, beyond the delays of the levels',
      unit: 's',
      target: { of: 'value', atMost: 3 },
    },
    { key: 'all', name: 'the same, delays included', unit: 's' },
  ],
  async open(stage) {
    const count = stage.sized(ENTRIES);
    const levels = stage.sized(LEVELS, 4);
    return {
      ours: async () => {
        const config = `${stage.fresh('startup')}.toml`;
        writeFileSync(config, configuration(stage, count, levels));
        await using agent = await BenchAgent.start(stage, { env: { COREX_CONFIG: config } });
        const report = await allRunning(agent);
        const began = Math.min(...report.milestones.map(({ reached = Infinity }) => reached));
        const all = (Math.max(...report.entries.map(({ since }) => since)) - began) / 1000;
        return { all, beyond: all - levels * DELAY_S };
      },
      [Symbol.asyncDispose]: async () => {},
    };
  },
};

async function allRunning(agent: BenchAgent): Promise<StartupReport> {
  return until(
    'all entries run',
    async () => {
      const report = (await agent.call('startup.list')) as StartupReport;
      return report.entries.length > 0 && report.entries.every(({ state }) => state === 'running') && report;
    },
    { withinMs: WITHIN_MS, everyMs: 100 },
  );
}

function configuration(stage: Stage, count: number, levels: number): string {
  const width = Math.max(1, Math.floor(count / levels));
  const entries = Array.from({ length: count }, (_, at) => {
    const above = at - width;
    const after = above < 0 ? [] : [`e${above}`, `e${Math.max(above - 1, 0)}`];
    return [
      `[startup.e${at}]`,
      'name = "core.system"',
      `after = ${JSON.stringify(after)}`,
      `running_delay = ${DELAY_S}`,
      `args = { name = "sleep", args = ["600"], dir = ${JSON.stringify(stage.root)} }`,
    ].join('\n');
  });
  return `${entries.join('\n')}\n`;
}
