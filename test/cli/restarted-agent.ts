// Starts an agent again where one was killed.
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { until } from '../harness/until.ts';
import { startCorex, type RunningAgent } from './corex.ts';

/** A second agent on the data directory and at the unix socket of the first, which is dead. */
export async function restarted(agent: RunningAgent): Promise<AsyncDisposable> {
  const [socket = ''] = readFileSync(path.join(agent.dataDir, 'endpoints'), 'utf8').split('\n');
  const child = startCorex(['start', '--data-dir', agent.dataDir, '--listen', socket]);
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until(`the agent is ready, and does not only say ${said}`, () => said.includes('takes commands at'));
  return {
    [Symbol.asyncDispose]: async () => {
      await agent.run(['stop', '--drain', '--timeout', '10']);
      await until('the agent has ended', () => child.exitCode !== null || child.signalCode !== null);
    },
  };
}
