import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { BenchAgent, plainEnvironment } from '../agent/bench-agent.ts';
import { median } from '../figures/statistics.ts';
import type { Row } from '../row.ts';

const EXECUTABLE = path.join(import.meta.dirname, '../../bin/corex.js');
const TIMES = 5;

/** How long the command line takes for one job. */
export const cli: Row = {
  name: 'cli',
  does: `Runs \`corex run -- true\` as a fresh process, ${TIMES} times one after the other; the median of these.`,
  bare: 'a Node that does nothing (`node -e 0`)',
  figures: [{ key: 'ms', name: '`corex run -- true`, cold', unit: 'ms', target: { of: 'value', atMost: 250 } }],
  async open(stage) {
    const agent = await BenchAgent.start(stage);
    const args = [EXECUTABLE, 'run', '--url', `unix:${agent.socketPath}`, '--', 'true'];
    const timed = async (all: readonly string[]): Promise<number> => {
      const times: number[] = [];
      for (let n = 0; n < stage.sized(TIMES, 1); n += 1) times.push(await timeOf(all, stage.root));
      return median(times);
    };
    return {
      ours: async () => ({ ms: await timed(args) }),
      bare: async () => ({ ms: await timed(['-e', '0']) }),
      [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose](),
    };
  },
};

async function timeOf(args: readonly string[], cwd: string): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, args, { stdio: 'ignore', env: plainEnvironment(), cwd });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${String(code)}`);
  return performance.now() - began;
}
