import * as z from 'zod';
import { AgentError, defineBuiltin, JobId, parseSignal } from 'corex/builtin';

const Arguments = z.strictObject({
  id: JobId.describe('Id of the job.'),
  signal: z
    .union([z.string().min(1).max(32), z.int()])
    .nullish()
    .describe('Name (`TERM`, `SIGTERM`) or number. None: the job is stopped: TERM, its `kill_grace`, KILL.'),
});

export const jobKill = defineBuiltin({
  name: 'job.kill',
  summary: 'Ends a job for good, or sends it one signal.',
  arguments: Arguments,
  errors: ['unknown-job', 'not-running', 'not-able'],
  example: { arguments: { id: 'backup' }, data: true },
  run: async ({ id, signal }, { jobs }) => {
    await (signal === null || signal === undefined ? jobs.kill(id) : jobs.kill(id, readSignal(id, signal)));
    return true;
  },
});

function readSignal(id: string, signal: string | number): NodeJS.Signals {
  const known = parseSignal(signal);
  if (known !== undefined) return known;
  throw new AgentError(
    'bad-arguments',
    `Cannot kill job "${id}": "signal" must be a signal's name or number, and is "${signal}"`,
  );
}
