import { expect, test } from 'vitest';
import { JobWaits } from '../../src/client/job-waits.ts';
import { AgentError } from '../../src/protocol/agent-error.ts';
import { until } from '../harness/until.ts';

test('JobWaits lets every job have its turn, a few at once', async () => {
  const ended = new Set<string>();
  let active = 0;
  let most = 0;
  const call = async (_name: string, args: object): Promise<unknown> => {
    const { id } = args as { id: string };
    active += 1;
    most = Math.max(most, active);
    await new Promise((resolve) => setTimeout(resolve, 1));
    active -= 1;
    if (ended.has(id)) return { id };
    throw new AgentError('timeout', 'Not yet');
  };
  const waits = new JobWaits({ call, pause: async () => undefined }, 3, 1);
  const ids = Array.from({ length: 20 }, (_, at) => `job ${at}`);
  const settled: string[] = [];
  const all = ids.map(async (id) => settled.push((await waits.wait(id)).id));
  ended.add('job 19');
  await until('the last of the line', () => settled.includes('job 19'));
  for (const id of ids) ended.add(id);
  await Promise.all(all);
  expect(most).toBe(3);
});

test('JobWaits asks once for all who wait for a job, waits out what passes, and passes errors on', async () => {
  let calls = 0;
  const call = async (): Promise<never> => {
    calls += 1;
    throw new AgentError(calls === 1 ? 'store-unavailable' : 'unknown-job', 'No such job');
  };
  const pauses: number[] = [];
  const waits = new JobWaits({ call, pause: async (ms) => void pauses.push(ms) });
  await expect(Promise.all([waits.wait('a'), waits.wait('a')])).rejects.toMatchObject({ code: 'unknown-job' });
  expect(calls).toBe(2);
  expect(pauses).toEqual([500]);
});
