import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import { answering, executable, finished, runningAgent, startCorex } from '../cli/corex.ts';
import { until } from '../harness/until.ts';

const readme = readFileSync(path.join(import.meta.dirname, '../../README.md'), 'utf8');

/** What a reader types. */
function typed(name: string): string {
  const block = new RegExp(`<!-- executed: ${name} -->\\n+\`\`\`sh\\n(.*?)^\`\`\`$`, 'ms').exec(readme)?.[1] ?? '';
  return block.replaceAll('npx corex', `'${process.execPath}' '${executable}'`);
}

test('the job of the README is there after its agent was killed', async () => {
  await using agent = await runningAgent('--log-level', 'error');
  const env = { ...process.env, COREX_DATA_DIR: agent.dataDir };
  const shell = (script: string) => spawnSync('sh', ['-c', script], { env, encoding: 'utf8' });

  expect(shell(typed('survival'))).toMatchObject({ status: 0, stdout: 'long\n', stderr: '' });
  await until('the agent is gone', () => agent.process.signalCode === 'SIGKILL');

  const next = startCorex(['start', '--data-dir', agent.dataDir, '--listen', `unix:${agent.directory.at('s')}`]);
  const ended = finished(next);
  await answering(agent.dataDir);
  const { status, stdout } = shell(typed('afterwards'));
  expect(stdout).toMatch(/^1\n2\n3\n4\n5\nlong +exited with 7/);
  expect(status).toBe(7);
  await agent.run(['stop', '--drain']);
  await ended;
});
