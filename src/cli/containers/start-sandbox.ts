/** The start of a container for one program, told truly also when the agent dies over it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../../client/client.ts';
import type { JobHandle } from '../../client/job-handle.ts';
import { isPassing } from '../../client/passing-trouble.ts';
import { isAgentError } from '../../protocol/agent-error.ts';
import type { ContainerCommit } from '../../protocol/container.ts';
import type { ErrorName } from '../../protocol/error-codes.ts';
import type { Cli } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { EXIT_AGENT_TROUBLE } from '../exit-codes.ts';
import { ENDING_SIGNALS, onInterrupt } from '../interrupts.ts';

/** Before the next agent is asked again how far it has come. */
const LOOK_AGAIN_MS = 100;

/** The agent has gone, or is about to, and has not said what became of the commit. */
const UNANSWERED: readonly ErrorName[] = ['disconnected', 'cancelled', 'shutting-down'];

/** The main process of such a container. Whoever interrupts has it stopped as soon as there is one. Errors: as below. */
export async function startSandboxJob(
  client: Client,
  args: Readonly<Record<string, unknown>>,
  cli: Cli,
): Promise<JobHandle> {
  const stopping = new AbortController();
  using _interrupts = onInterrupt(cli, ENDING_SIGNALS, () => {
    stopping.abort();
  });
  const job = client.job(await startSandbox(client, args));
  if (stopping.signal.aborted) await job.kill().catch(() => undefined);
  return job;
}

/**
 * Resolves to the id of the job that is its main process, once it runs. Over a lost connection it looks whether the
 * container was begun. Errors: AgentError why it can't be started; CliError when nobody knows, or nothing was begun.
 */
async function startSandbox(client: Client, args: Readonly<Record<string, unknown>>): Promise<string> {
  // Made twice, one of both handles is not used and leaves nothing.
  const made = await client.call('container.create', args, { idempotent: true });
  const { handle, id } = made as { readonly handle: string; readonly id: string };
  // Its first and only start.
  const job = `${id}.1`;
  try {
    const { main } = (await client.call('container.commit', { handle })) as ContainerCommit;
    return main ?? job;
  } catch (error) {
    // The connection was lost before it was sent, and the next agent knows no handles of the one before.
    if (isAgentError(error) && error.code === 'unknown-handle') throw nothingBegun(error);
    if (!isAgentError(error) || !UNANSWERED.includes(error.code)) throw error;
    return await findStart(client, id, job, error);
  }
}

/** Looks for what became of a commit that was not answered. */
async function findStart(client: Client, id: string, job: string, cause: Error): Promise<string> {
  try {
    for (;;) {
      if (await knows(client, 'job.get', { id: job })) return job;
      // It may have run, and gone, between two questions.
      const isThere = await knows(client, 'container.state', { container: id });
      if (!isThere && !(await knows(client, 'job.get', { id: job }))) throw nothingBegun(cause);
      if (isThere) await delay(LOOK_AGAIN_MS);
    }
  } catch (error) {
    if (!isAgentError(error) || error.code !== 'disconnected') throw error;
    throw new CliError(`Cannot tell whether the container was started: ${error.message}`, {
      exitCode: EXIT_AGENT_TROUBLE,
      cause: error,
      advice: [
        'If it was committed it runs now, or under the next agent, and is removed at its end',
        `With an agent: corex logs ${job}, corex wait ${job}`,
      ],
    });
  }
}

async function knows(client: Client, question: string, args: object): Promise<boolean> {
  for (;;) {
    try {
      await client.call(question, args, { idempotent: true });
      return true;
    } catch (error) {
      if (isAgentError(error) && (error.code === 'unknown-job' || error.code === 'unknown-container')) return false;
      if (!isPassing(error)) throw error;
      await delay(LOOK_AGAIN_MS);
    }
  }
}

function nothingBegun(cause: Error): CliError {
  return new CliError('Cannot run in a container: the agent ended before it made one, so nothing was begun', {
    exitCode: EXIT_AGENT_TROUBLE,
    cause,
    advice: ['The same command may be given again'],
  });
}
