/** How `run`, `exec` and `attach` tell what became of their job. */
import type { JobHandle } from '../client/job-handle.ts';
import { isAgentError } from '../protocol/agent-error.ts';
import type { JobResult } from '../protocol/result.ts';
import type { Cli } from './cli-context.ts';
import { CliError } from './cli-error.ts';
import {
  EXIT_AGENT_TROUBLE,
  EXIT_NO_SUCH_PROGRAM,
  EXIT_NOT_EXECUTABLE,
  EXIT_OK,
  exitCodeOfResult,
} from './exit-codes.ts';
import { describeEnd } from './job-notes.ts';

/** Tells the id of a job that goes on by itself, once the agent has it. Resolves to the exit code. */
export async function tellAcceptance(
  job: JobHandle,
  asJson: boolean,
  { output }: Pick<Cli, 'output'>,
): Promise<number> {
  const accepted = await job.accepted;
  if (asJson) await output.json(accepted);
  else await output.line(accepted.id);
  return EXIT_OK;
}

/** Tells on standard error how a job ended, unless it exited by itself. Resolves to the exit code. */
export async function tellEnd(result: JobResult, asJson: boolean, { output }: Pick<Cli, 'output'>): Promise<number> {
  if (asJson) {
    await output.json(result);
    return exitCodeOfResult(result);
  }
  // A function has no standard output: it answers by its data.
  if (result.exit === undefined && result.state === 'SUCCESS') await output.line(result.data);
  if (result.state !== 'SUCCESS' && result.reason !== 'exited') {
    await output.write('stderr', `${output.stderr.paint('bad', 'corex:')} ${endText(result)}\n`);
  }
  return exitCodeOfResult(result);
}

/** What went wrong beside the exit code. Where it never ran, the reason is all there is to tell. */
function endText(result: JobResult): string {
  const { id, reason, error } = result;
  if (error !== undefined && (reason === 'spawn-failed' || reason === 'failed' || reason === 'dependency-failed'))
    return error.message;
  return `Job "${id}" ${describeEnd(result)}`;
}

/** A command nobody knows is like a program that isn't there. */
const EXITS: ReadonlyMap<string, number> = new Map([
  ['unknown-command', EXIT_NO_SUCH_PROGRAM],
  ['no-such-program', EXIT_NO_SUCH_PROGRAM],
  ['not-executable', EXIT_NOT_EXECUTABLE],
]);

/** The agent's no is an error of the agent's, except where a program could not be run. */
export function refusalToExit(error: unknown): never {
  if (!isAgentError(error)) throw error;
  const exitCode = EXITS.get(error.code) ?? EXIT_AGENT_TROUBLE;
  throw new CliError(error.message, { exitCode, cause: error });
}
