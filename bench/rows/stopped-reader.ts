import { readFileSync } from 'node:fs';
import { until } from '../../test/harness/until.ts';
import { BenchAgent } from '../agent/bench-agent.ts';
import type { Connection } from '../agent/connection.ts';
import { followJob } from '../agent/follow-job.ts';
import { forgetPeak, resident } from '../agent/memory.ts';
import type { Row, Sample } from '../row.ts';
import type { Stage } from '../stage.ts';

const BLOCK_BYTES = 65_536;
const ID = 'much';
const PATIENCE_MS = 30_000;

/** A reader that stops reading, beside one that goes on. */
export const stoppedReader: Row = {
  name: 'stopped-reader',
  does: 'Follows a job that writes 400 MB on one connection while another one that subscribed to it reads nothing; each round in a fresh agent.',
  bare: 'the same without the reader that stopped',
  warmUp: false,
  figures: [
    {
      key: 'growth',
      name: 'reader stopped during 400 MB: memory grows by',
      unit: 'MB',
      target: { of: 'value', atMost: 64 },
      peers: 'PM2 415',
    },
    { key: 'job', name: 'reader stopped: the job', unit: 'MB/s', target: { of: 'ratio', atLeast: 0.8 } },
    { key: 'reader', name: 'reader stopped: another reader', unit: 'MB/s', target: { of: 'ratio', atLeast: 0.8 } },
  ],
  note: 'Growth is the peak of agent and keeper above what they had before, in an agent that did nothing else yet; the bare column is what 400 MB cost without a stopped reader. The job’s speed is taken inside the job.',
  async open(stage) {
    const remarks: string[] = [];
    return {
      ours: async () => measure(stage, true, remarks),
      bare: async () => measure(stage, false, remarks),
      remarks: () => remarks,
      [Symbol.asyncDispose]: async () => {},
    };
  },
};

async function measure(stage: Stage, withStopped: boolean, remarks: string[]): Promise<Sample> {
  await using agent = await BenchAgent.start(stage);
  using reading = await agent.connect();
  using stopped = await agent.connect();
  const blocks = Math.round(stage.sized(400e6) / BLOCK_BYTES);
  const times = stage.fresh('times');
  // It waits for a line of input, so that both readers are there when it begins.
  const dd = `dd if=/dev/zero bs=${BLOCK_BYTES} count=${blocks} status=none`;
  const script = `read line; date +%s%N > ${times}; ${dd}; date +%s%N >> ${times}`;
  const args = { name: 'sh', args: ['-c', script], open_stdin: true };
  const before = resident(agent.pids).now;
  forgetPeak(agent.pids);
  const following = followJob(reading, { command: 'core.system', id: ID, raw: true, arguments: args });
  // When something else fails, that is told, and not that the connection was closed for it.
  following.catch(() => undefined);
  if (withStopped) await subscribeAndStop(stopped);
  await untilItTakes(agent);
  const followed = await following;
  const growth = (resident(agent.pids).peak - before) / 1e6;
  if (followed.missing > 0) remarks.push('The reader that went on fell behind by more than is kept and got a gap.');
  if (withStopped) remarks.push(await describeReturn(stopped));
  const [from = 0, to = 0] = readFileSync(times, 'utf8').trim().split('\n').map(Number);
  return {
    growth,
    job: (blocks * BLOCK_BYTES) / 1e6 / ((to - from) / 1e9),
    reader: followed.bytes / 1e6 / followed.outputSeconds,
  };
}

/** Lets the job begin; it may not have been started yet. */
async function untilItTakes(agent: BenchAgent): Promise<void> {
  const give = async (): Promise<boolean> => {
    await agent.call('job.stdin', { id: ID, text: 'go\n', close: true });
    return true;
  };
  await until('the job takes its line', give, { withinMs: PATIENCE_MS });
}

async function subscribeAndStop(connection: Connection): Promise<void> {
  for (let attempt = 1; attempt <= 100; attempt += 1) {
    const { promise, resolve } = Promise.withResolvers<string>();
    connection.onFrame = (frame) => {
      if (frame.type === 'result') resolve(frame.state);
    };
    connection.send({ command: 'job.subscribe', arguments: { id: ID, as: 'bytes' } });
    if ((await promise) === 'SUCCESS') {
      connection.pause();
      return;
    }
  }
  throw new Error('Nobody can subscribe to the job');
}

/** Lets the reader go on, and says what it was told of what it missed. */
async function describeReturn(connection: Connection): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  let hasGap = false;
  connection.onFrame = (frame) => {
    if (frame.type === 'gap') hasGap = true;
    if (frame.type === 'end') resolve(undefined);
  };
  connection.resume();
  const timer = setTimeout(() => reject(new Error('The reader that stopped never came to the end')), PATIENCE_MS);
  await promise.finally(() => clearTimeout(timer));
  return hasGap
    ? 'The reader that stopped was told of a gap when it went on, and came to the end.'
    : 'The reader that stopped got everything when it went on.';
}
