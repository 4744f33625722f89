import { BenchAgent } from '../agent/bench-agent.ts';
import { followJob } from '../agent/follow-job.ts';
import { startBareServer } from '../bare/server-process.ts';
import type { Row } from '../row.ts';

const BLOCK_BYTES = 65_536;

/** What one job writes, to one reader of bytes. */
export const bytes: Row = {
  name: 'bytes',
  does: 'Follows the bytes of one raw job that writes 400 MB as fast as it can; they are kept in segment files meanwhile.',
  bare: 'a relay of one process on `ws`: the same program’s pipe into binary frames, nothing kept',
  figures: [
    {
      key: 'speed',
      name: 'one job’s bytes → one reader',
      unit: 'MB/s',
      target: { of: 'ratio', atLeast: 0.5 },
      peers: 'PM2 84, supervisord 89',
    },
    {
      key: 'speed',
      name: 'the same: twice supervisord',
      unit: 'MB/s',
      target: { of: 'value', atLeast: 178 },
    },
  ],
  async open(stage) {
    const owned = new AsyncDisposableStack();
    const agent = owned.use(await BenchAgent.start(stage));
    const connection = owned.use(await agent.connect());
    const server = owned.use(await startBareServer(stage, 'relay-server'));
    const blocks = Math.round(stage.sized(400e6) / BLOCK_BYTES);
    const args = ['if=/dev/zero', `bs=${BLOCK_BYTES}`, `count=${blocks}`, 'status=none'];
    const command = { command: 'core.system', raw: true, arguments: { name: 'dd', args } };
    let missing = 0;
    const speedOf = async (from: typeof connection): Promise<number> => {
      const followed = await followJob(from, command);
      if (followed.bytes + followed.missing !== blocks * BLOCK_BYTES) throw new Error('The number of bytes is wrong');
      missing = Math.max(missing, followed.missing);
      return followed.bytes / 1e6 / followed.seconds;
    };
    return {
      ours: async () => ({ speed: await speedOf(connection) }),
      bare: async () => ({ speed: await speedOf(server.connection) }),
      remarks: () => [
        missing === 0
          ? 'No byte was missing.'
          : `The reader fell behind by more than is kept: up to ${(missing / 1e6).toFixed(0)} MB a round came as a gap and are not counted.`,
      ],
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
};
