import { BenchAgent } from '../agent/bench-agent.ts';
import { followJob } from '../agent/follow-job.ts';
import { startBareServer } from '../bare/server-process.ts';
import type { Row, Sample } from '../row.ts';

const LINE_BYTES = 100;

/** What one job says, line by line, to one reader of messages. */
export const messages: Row = {
  name: 'messages',
  does: `Follows the messages of one job that writes 60 MB in lines of ${LINE_BYTES} bytes.`,
  bare: 'a relay of one process on `ws`: the same pipe split into lines, sent as the same JSON, nothing kept',
  figures: [
    {
      key: 'speed',
      name: 'one job’s messages → one reader',
      unit: 'MB/s',
      target: { of: 'value', atLeast: 25 },
      peers: 'PM2 84, supervisord 89 (bytes)',
    },
    {
      key: 'messages',
      name: 'the same, in messages',
      unit: 'messages/s',
      target: { of: 'value', atLeast: 250_000 },
    },
  ],
  async open(stage) {
    const owned = new AsyncDisposableStack();
    const agent = owned.use(await BenchAgent.start(stage));
    const connection = owned.use(await agent.connect());
    const server = owned.use(await startBareServer(stage, 'relay-server'));
    const lines = Math.round(stage.sized(60e6) / LINE_BYTES);
    const script = `yes ${'x'.repeat(LINE_BYTES - 1)} | head -n ${lines}`;
    const command = { command: 'core.system', arguments: { name: 'sh', args: ['-c', script] } };
    let missing = 0;
    const sampleOf = async (from: typeof connection): Promise<Sample> => {
      const followed = await followJob(from, command);
      if (followed.messageBytes + followed.missing !== lines * LINE_BYTES)
        throw new Error('The number of messages is wrong');
      missing = Math.max(missing, followed.missing);
      const { seconds } = followed;
      return { speed: followed.messageBytes / 1e6 / seconds, messages: followed.messages / seconds };
    };
    return {
      ours: async () => sampleOf(connection),
      bare: async () => sampleOf(server.connection),
      remarks: () => (missing === 0 ? [] : [`Up to ${(missing / 1e6).toFixed(0)} MB a round came as a gap.`]),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
};
