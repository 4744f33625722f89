import type { ReconnectPolicy } from '../../client/reconnect-policy.ts';
import type { JobHandle } from '../../client/job-handle.ts';
import type { Cli } from '../cli-context.ts';
import { EXIT_OK, exitCodeOfSignal } from '../exit-codes.ts';
import { tellEnd } from '../job-end.ts';
import type { SessionEnd } from './terminal-session.ts';

/** Somebody sits at the terminal and can leave at any time: worth waiting longer for the agent than a script would. */
export const SESSION_RECONNECT: Partial<ReconnectPolicy> = { giveUpAfterMs: 60_000, capMs: 1000 };

/** Tells how a session was over. Resolves to the exit code: the job's, or 0 when it was left by choice. */
export async function endSession(end: SessionEnd, job: JobHandle, cli: Pick<Cli, 'output'>): Promise<number> {
  if (end.type === 'ended') return await tellEnd(await job.result(), false, cli);
  const { output } = cli;
  const text = output.stderr.paint('dim', `corex: left, and the job goes on; corex attach ${job.id} comes back to it`);
  await output.write('stderr', `\n${text}\n`);
  return end.signal === undefined ? EXIT_OK : exitCodeOfSignal(end.signal);
}
