import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import type { StopAnswer } from '../../client/agent-api.ts';
import type { Client } from '../../client/client.ts';
import { isAgentError } from '../../protocol/agent-error.ts';
import { findAgent, type FoundAgent } from '../agent-address.ts';
import type { Cli } from '../cli-context.ts';
import { defineCommand } from '../cli-command.ts';
import { CliError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { formatDuration } from '../durations.ts';
import { EXIT_OK, EXIT_TIMEOUT } from '../exit-codes.ts';
import { connectTo } from '../with-agent.ts';

const DEFAULT_TIMEOUT = 60;
const LOOK_AGAIN_MS = 100;
/** From the closing of its doors to the end of its process. */
const LAST_STEPS_MS = 3000;
/** Of the jobs that go on, so many are named; --json names all. */
const SHOWN_IDS = 20;

export const stop = defineCommand({
  usage: ['stop [options]'],
  details: [
    'Running jobs go on without the agent, and the next one takes them over with all their output. With --drain they are ended first: TERM, their grace, KILL.',
    'Returns when the agent is gone, and names the jobs that go on.',
  ],
  options: {
    drain: { type: 'flag', summary: 'end the running jobs first' },
    timeout: { type: 'duration', short: 't', value: 'TIME', summary: 'the stop may take this long, 1m unless said' },
    ...AGENT_OPTIONS,
  },
  examples: [
    { line: 'corex stop', does: 'Stop the agent, to start a newer one.' },
    { line: 'corex stop --drain', does: 'Stop everything.' },
  ],
  run: async ({ options, cli }) => {
    const agent = await findAgent(options, cli);
    const timeout = options.timeout ?? DEFAULT_TIMEOUT;
    const client = await connectTo(agent, { reconnect: false });
    // One that is stopping already may not answer.
    const { pid } = await client.agent.state().catch((): Readonly<Record<string, unknown>> => ({}));
    const answer = await askToStop(client, {
      drain: options.drain,
      ...(options.timeout === undefined ? {} : { deadline: timeout }),
    });
    if (!(await isGone(agent, client, performance.now() + timeout * 1000))) {
      throw new CliError(
        `Cannot tell that the agent has stopped: it still answers after ${formatDuration(timeout * 1000)}`,
        {
          exitCode: EXIT_TIMEOUT,
        },
      );
    }
    if (agent.isLocal && typeof pid === 'number') await processEnds(pid);
    await told(answer, options.json, cli);
    return EXIT_OK;
  },
});

async function askToStop(
  client: Client,
  options: { readonly drain: boolean; readonly deadline?: number },
): Promise<StopAnswer | undefined> {
  try {
    return await client.agent.stop(options);
  } catch (error) {
    // It may be gone before its answer is here.
    if (!isAgentError(error) || error.code !== 'disconnected') throw error;
    return undefined;
  }
}

/** Whether it answers no more before the time is over. A connection that closes is not enough: it may still be busy. */
async function isGone(agent: FoundAgent, client: Client, deadline: number): Promise<boolean> {
  const patience = new AbortController();
  await Promise.race([
    client.closed,
    delay(Math.max(0, deadline - performance.now()), undefined, { signal: patience.signal }).catch(() => undefined),
  ]);
  patience.abort();
  while (performance.now() < deadline) {
    try {
      const again = await connectTo(agent, { reconnect: false });
      void again.close();
    } catch {
      return true;
    }
    await delay(LOOK_AGAIN_MS);
  }
  return false;
}

/** Waits a little until the process has let go of its data directory. It may be a zombie that nobody buries. */
async function processEnds(pid: number): Promise<void> {
  const deadline = performance.now() + LAST_STEPS_MS;
  while (performance.now() < deadline && isThere(pid)) await delay(LOOK_AGAIN_MS / 5);
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function told(answer: StopAnswer | undefined, asJson: boolean, { output }: Cli): Promise<void> {
  if (asJson) {
    await output.json({ stopped: true, ...answer });
    return;
  }
  if (answer !== undefined && answer.count > 0) await output.note(whatGoesOn(answer));
  if (output.stdout.isTerminal) await output.note('The agent has stopped.');
}

function whatGoesOn({ left, count }: StopAnswer): string {
  const shown = left.slice(0, SHOWN_IDS);
  const others = count > shown.length ? ` and ${count - shown.length} others` : '';
  const jobs = count === 1 ? '1 job goes' : `${count} jobs go`;
  return `${jobs} on without the agent, the next one takes over: ${shown.join(', ')}${others}`;
}
