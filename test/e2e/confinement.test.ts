import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import type { JobResult } from '../../src/protocol/result.ts';
import { type AgentProcess, startAgentProcess } from '../harness/agent-process.ts';
import { isAlive } from '../harness/processes.ts';
import { requires } from '../harness/requires.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';

/** An agent with this configuration, gone at the end of the test. */
async function startAgent(toml = ''): Promise<AgentProcess> {
  const directory = tempDir();
  writeFileSync(directory.at('corex.toml'), toml);
  const agent = await startAgentProcess(directory.at('data'), ['--config', directory.at('corex.toml')]);
  onTestFinished(async () => {
    await agent[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });
  return agent;
}

async function resultOf(agent: AgentProcess, args: object): Promise<JobResult> {
  return (await agent.ask('result', { command: 'core.system', arguments: args, raw: true })) as unknown as JobResult;
}

describe.runIf(requires('root', 'cgroups'))('a confined job', () => {
  test('is told why it ended, or why it was not started', async () => {
    const agent = await startAgent();
    const nobody = {
      name: 'sh',
      args: ['-c', 'test "$(id -un)" = "$USER" && test "$USER" = nobody && exit 3'],
      user: 'nobody',
    };
    expect(await resultOf(agent, nobody)).toMatchObject({ reason: 'exited', code: 1003 });
    const greedy = { name: 'tail', args: ['/dev/zero'], cgroup: { memory: '16MiB' } };
    expect(await resultOf(agent, greedy)).toMatchObject({ reason: 'out-of-memory', code: 1137, cleanup: 'cgroup' });
    const daemon = { name: 'sh', args: ['-c', 'setsid -f env -i sleep 60 >/dev/null 2>&1'], cgroup: {} };
    expect(await resultOf(agent, daemon)).toMatchObject({
      reason: 'exited',
      code: 0,
      cleanup: 'cgroup',
      survivors: [],
    });
    const unknown = { name: 'true', user: 'nobody-of-that-name' };
    expect(await resultOf(agent, unknown)).toMatchObject({
      reason: 'spawn-failed',
      code: 400,
      error: { code: 'bad-arguments' },
    });
    const forbidden = { name: 'true', rlimits: { nofile: 2_000_000_000 } };
    expect(await resultOf(agent, forbidden)).toMatchObject({ reason: 'spawn-failed', error: { code: 'not-able' } });
  });

  test('is refused what the agent is configured not to give', async () => {
    const agent = await startAgent('[kill]\ncgroup = "never"\n');
    const result = await resultOf(agent, { name: 'true', cgroup: { pids: 5 } });
    expect(result).toMatchObject({ reason: 'rejected', error: { code: 'not-able' } });
  });

  test('that fled leaves nothing behind when the keeper dies, as the next one finds its control group', async () => {
    const agent = await startAgent('[kill]\ncgroup = "always"\n');
    expect(await resultOf(agent, { name: 'true' })).toMatchObject({ cleanup: 'cgroup' });
    const file = path.join(agent.dataDir, 'fled');
    // Nothing but the control group says whose it is.
    const flee = `setsid -f env -i sh -c 'echo $$ >${file}.new; mv ${file}.new ${file}; exec sleep 60' >/dev/null 2>&1`;
    const lost = resultOf(agent, { name: 'sh', args: ['-c', `${flee}; exec sleep 60`] });
    const fled = Number(await until('it has fled', () => readFileSync(file, 'utf8')));
    process.kill(Number(readFileSync(path.join(agent.dataDir, 'keeper.pid'), 'utf8').split(' ')[0]), 'SIGKILL');
    expect(await lost).toMatchObject({ reason: 'lost' });
    await until('what fled is gone', () => !isAlive(fled));
    expect(await resultOf(agent, { name: 'true' })).toMatchObject({ state: 'SUCCESS' });
  });
});
