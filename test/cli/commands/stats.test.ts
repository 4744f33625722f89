import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { until } from '../../harness/until.ts';
import { runningAgent, type RunningAgent } from '../corex.ts';

let agent: RunningAgent;

beforeAll(async () => {
  agent = await runningAgent();
  await agent.run(['run', '-d', '--id', 'measured', '--stats', '250ms', '--', 'sleep', '600']);
  await agent.run(['run', '-d', '--id', 'plain', '--', 'sleep', '600']);
  await agent.run(['run', '--id', 'ended', '--', 'sh', '-c', 'echo done']);
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
});

const ids = (jobs: { id: string }[]) => jobs.map(({ id }) => id);

describe('corex stats', () => {
  test('shows all live jobs, with the history of those that are measured', async () => {
    const jobs = await until('there is a history', async () => {
      const answer = await agent.json(['stats']);
      return answer.jobs[0].totals?.samples >= 2 && answer.jobs;
    });
    expect(ids(jobs)).toEqual(['measured', 'plain']);
    expect(jobs[0]).toMatchObject({ cpu: expect.any(Number), rss: expect.any(Number), processes: 1 });
    expect(jobs[0].samples.length).toBeGreaterThanOrEqual(2);
    expect(jobs[1].samples).toBeUndefined();
    const { code, stdout } = await agent.run(['stats']);
    expect(code).toBe(0);
    const [title, measured, plain] = stdout.toString().split('\n');
    expect(title).toMatch(/^ID +CPU +OVER TIME +MEM +OVER TIME/);
    expect(measured).toMatch(/^measured +\d+\.\d % +▁+.*█/);
    expect(plain).toMatch(/^plain +\d+\.\d % +[\d.]+ [KM]iB/);
  });

  test('tells what a job that has ended used in all', async () => {
    const { jobs } = await agent.json(['stats', 'ended']);
    expect(jobs[0].usage).toMatchObject({ user_ms: expect.any(Number), system_ms: expect.any(Number) });
  });

  test('names a job nobody knows, shows the others, and fails', async () => {
    const { code, stdout, stderr } = await agent.run(['stats', 'plain', 'nobody']);
    expect(code).toBe(1);
    expect(stdout.toString()).toContain('plain');
    expect(stderr).toContain('"nobody"');
  });

  test('watches only on a terminal', async () => {
    const { code, stderr } = await agent.run(['stats', '--watch']);
    expect(code).not.toBe(0);
    expect(stderr).toContain('corex stats --json');
  });
});

test('a run goes on with its caller’s trace', async () => {
  const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const script = ['--', 'sh', '-c', 'echo $TRACEPARENT'];
  const traced = await agent.run(['run', ...script], { env: { TRACEPARENT: trace } });
  expect(traced.stdout.toString().trim()).toBe(trace);
  const plain = await agent.run(['run', ...script], { env: { TRACEPARENT: 'nonsense' } });
  expect(plain.stdout.toString().trim()).toBe('');
});
