import type { Connection } from '../agent/connection.ts';
import { flow } from '../agent/flow.ts';
import { followJob } from '../agent/follow-job.ts';
import type { Stage } from '../stage.ts';

/** What an agent is kept busy with while it is profiled. */
export interface Load {
  readonly name: string;
  /** Puts it on; says how fast it went. */
  run(connection: Connection, stage: Stage): Promise<string>;
}

const TRUE = { command: 'core.system', arguments: { name: 'true' } };

export const loads: readonly Load[] = [
  {
    name: 'calls, 64 in flight',
    run: async (connection, stage) => {
      const speed = await flow(connection, {
        inFlight: 64,
        until: { seconds: stage.sized(4) },
        make: () => ({ command: 'core.ping' }),
      });
      return `${Math.round(speed)} calls/s.`;
    },
  },
  {
    name: 'one-shot jobs, 16 in flight',
    run: async (connection, stage) => {
      const speed = await flow(connection, { inFlight: 16, until: { seconds: stage.sized(4) }, make: () => TRUE });
      return `${Math.round(speed)} jobs/s.`;
    },
  },
  {
    name: 'one job’s bytes to one reader',
    run: async (connection, stage) => {
      const args = ['if=/dev/zero', 'bs=65536', `count=${stage.sized(16_000)}`, 'status=none'];
      const command = { command: 'core.system', raw: true, arguments: { name: 'dd', args } };
      const { bytes, seconds } = await followJob(connection, command);
      return `${Math.round(bytes / 1e6 / seconds)} MB/s.`;
    },
  },
  {
    name: 'one job’s messages of 100 bytes to one reader',
    run: async (connection, stage) => {
      const script = `yes ${'x'.repeat(99)} | head -n ${stage.sized(1_200_000)}`;
      const command = { command: 'core.system', arguments: { name: 'sh', args: ['-c', script] } };
      const { messages, seconds } = await followJob(connection, command);
      return `${Math.round(messages / seconds)} messages/s.`;
    },
  },
];
