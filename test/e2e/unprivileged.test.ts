import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import type { JobResult } from '../../src/protocol/result.ts';
import { type AgentProcess, startAgentProcess } from '../harness/agent-process.ts';
import { requires } from '../harness/requires.ts';
import { testAgent } from '../harness/test-agent.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';

/** What docs/confinement.md lists, as the kernel writes it. */
const FEW = '00000000a80424fb';
const UNPRIVILEGED = { NoNewPrivs: '1', CapEff: FEW, CapPrm: FEW, CapBnd: FEW, CapInh: '0000000000000000' };

async function start(dataDir: string, ...args: string[]): Promise<AgentProcess> {
  const agent = await startAgentProcess(dataDir, args);
  onTestFinished(() => agent[Symbol.asyncDispose]());
  return agent;
}

/** `/proc/<pid>/status` of a running job, seen from outside. */
async function statusOf(agent: AgentProcess, args: object = {}): Promise<Record<string, string>> {
  const id = `job-${String(Math.random()).slice(2)}`;
  await agent.submit({ command: 'core.system', id, arguments: { name: 'sleep', args: ['60'], ...args } });
  const { pid } = await until('it runs', async () => {
    const job = await agent.job(id);
    // Before it is what it is to be, it is what confines it.
    const name = job.pid === undefined ? '' : readFileSync(`/proc/${String(job.pid)}/comm`, 'utf8');
    return name === 'sleep\n' && job;
  });
  const lines = readFileSync(`/proc/${String(pid)}/status`, 'utf8').split('\n');
  await agent.call('job.kill', { id });
  return Object.fromEntries(lines.map((line) => line.split(':\t').map((part) => part.trim())));
}

describe.runIf(requires('root'))('an unprivileged agent', () => {
  test('is made so by a command, for good: jobs from then on have few rights, on terminals and as other users too', async () => {
    const directory = tempDir();
    onTestFinished(() => directory[Symbol.asyncDispose]());
    const first = await start(directory.at('data'));
    expect(await statusOf(first)).toMatchObject({ NoNewPrivs: '0' });
    expect(await first.call('core.unprivilege')).toEqual({ unprivileged: true });
    expect(await first.call('core.unprivilege')).toEqual({ unprivileged: true });
    expect(await statusOf(first)).toMatchObject(UNPRIVILEGED);
    expect(await statusOf(first, { pty: { columns: 80, rows: 24 } })).toMatchObject(UNPRIVILEGED);
    const nobody = await statusOf(first, { user: 'nobody' });
    expect(nobody).toMatchObject({ NoNewPrivs: '1', CapEff: '0000000000000000', CapBnd: FEW });
    const greedy = await first.ask('result', {
      command: 'core.system',
      arguments: { name: 'true', capabilities: ['net_raw', 'sys_admin'] },
    });
    expect(greedy).toMatchObject({
      refused: true,
      error: {
        code: 'not-able',
        message: 'Cannot run "true" with the capability "sys_admin": the agent is unprivileged',
      },
    });
    await first.kill('SIGKILL');
    rmSync(path.join(first.dataDir, 'endpoints'));
    const next = await start(directory.at('data'));
    expect(await statusOf(next)).toMatchObject(UNPRIVILEGED);
  });

  test('is made so by a flag, and stays so without it', async () => {
    const directory = tempDir();
    onTestFinished(() => directory[Symbol.asyncDispose]());
    const first = await start(directory.at('data'), '--unprivileged');
    expect(await statusOf(first)).toMatchObject(UNPRIVILEGED);
    const result = (await first.ask('result', {
      command: 'core.system',
      arguments: { name: 'mount', args: ['-t', 'tmpfs', 'none', directory.path] },
    })) as unknown as JobResult;
    expect(result.state).toBe('ERROR');
    await first.kill('SIGTERM');
    expect(existsSync(path.join(directory.at('data'), 'unprivileged'))).toBe(true);
    expect(await statusOf(await start(directory.at('data')))).toMatchObject(UNPRIVILEGED);
  });
});

test('an agent whose launcher can not see to it refuses to be unprivileged, and once it has to be, to start anything', async () => {
  const directory = tempDir();
  onTestFinished(() => directory[Symbol.asyncDispose]());
  const dataDir = directory.at('data');
  {
    await using running = await testAgent({ dataDir });
    const refused = await running.agent.run({ command: 'core.unprivilege' });
    expect(refused.error).toMatchObject({ code: 'not-able' });
    expect(existsSync(path.join(dataDir, 'unprivileged'))).toBe(false);
  }
  writeFileSync(path.join(dataDir, 'unprivileged'), '');
  await using bound = await testAgent({ dataDir });
  const refused = await bound.agent.run({ command: 'core.system', arguments: { name: 'true' } });
  expect(refused).toMatchObject({ refused: true, error: { code: 'not-able' } });
});
