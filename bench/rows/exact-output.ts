import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { BenchAgent } from '../agent/bench-agent.ts';
import { followJob } from '../agent/follow-job.ts';
import type { Row } from '../row.ts';

const BYTES = 1024 * 1024;
const JOBS = 200;
const AT_ONCE = 4;

/** Whether the tail of an output is always there. */
export const exactOutput: Row = {
  name: 'exact-output',
  does: `Runs ${JOBS} jobs that write 1 MiB of random bytes and exit, ${AT_ONCE} at once, and compares every byte a reader got.`,
  rounds: 1,
  warmUp: false,
  figures: [
    {
      key: 'exact',
      name: `1 MiB then exit, × ${JOBS}: byte-exact`,
      unit: '%',
      isCount: true,
      target: { of: 'value', atLeast: 100 },
      peers: 'PM2 loses tails in 30 %',
    },
  ],
  async open(stage) {
    const agent = await BenchAgent.start(stage);
    const file = stage.fresh('random');
    const wanted = randomBytes(BYTES);
    writeFileSync(file, wanted);
    const jobs = stage.sized(JOBS);
    return {
      ours: async () => {
        let next = 0;
        let exact = 0;
        const work = async (): Promise<void> => {
          using connection = await agent.connect();
          while (next < jobs) {
            next += 1;
            if (await isExact(connection)) exact += 1;
          }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, work));
        return { exact: (exact / jobs) * 100 };
      },
      [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose](),
    };

    async function isExact(connection: Parameters<typeof followJob>[0]): Promise<boolean> {
      const got: Buffer[] = [];
      const command = { command: 'core.system', raw: true, arguments: { name: 'cat', args: [file] } };
      const { result } = await followJob(connection, command, { onBytes: (bytes) => got.push(bytes) });
      return result.state === 'SUCCESS' && Buffer.concat(got).equals(wanted);
    }
  },
};
