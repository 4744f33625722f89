import * as z from 'zod';
import { AgentError, defineBuiltin, parseSignal } from 'corex/builtin';
import { offered } from '../offered.ts';

const Arguments = z.strictObject({
  pid: z.int().describe('Number of the process: one of its own, more than 1.'),
  signal: z
    .union([z.string().min(1).max(32), z.int()])
    .nullish()
    .describe('Name (`TERM`, `SIGTERM`) or number. Default `TERM`.'),
  start_time: z
    .int()
    .min(0)
    .nullish()
    .describe('As `process.list` told it: the process that was given the same number later is left alone.'),
});

export const processKill = defineBuiltin({
  name: 'process.kill',
  summary: 'Sends a signal to one process of the machine, job or not; a job’s policies stay, `job.kill` ends it.',
  arguments: Arguments,
  errors: ['no-such-process', 'forbidden', 'not-able'],
  example: { arguments: { pid: 4711, signal: 'HUP', start_time: 123_456 }, data: null },
  run: ({ pid, signal, start_time: startTime }, context) => {
    if (pid <= 1) {
      throw new AgentError(
        'bad-arguments',
        `Cannot kill the process ${pid}: "pid" must be more than 1, for others mean the first process or many at once`,
      );
    }
    const target = { pid, ...(startTime === null || startTime === undefined ? {} : { startTime }) };
    offered(context.agent.processes, context).signal(target, readSignal(pid, signal ?? 'TERM'));
  },
});

function readSignal(pid: number, signal: string | number): NodeJS.Signals {
  const known = parseSignal(signal);
  if (known !== undefined) return known;
  throw new AgentError(
    'bad-arguments',
    `Cannot kill the process ${pid}: "signal" must be a signal's name or number, and is "${signal}"`,
  );
}
