import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { batchSummary } from '../../src/client/batch.ts';
import { until } from '../harness/until.ts';
import { within } from '../harness/within.ts';
import { SurvivalStage } from './survival-stage.ts';

/** Steps at which the agent dies, each at a passage in the middle of the batch. */
const FAULTS = [
  'agent.accept.after:8',
  'agent.spawn.sent:2',
  'agent.intent.after:2',
  'agent.result.before:3',
  'agent.result.after:3',
];
const JOBS = 24;

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

test(
  'a batch lives through agents that die in the middle: every job of it runs once, in its order, and it ends',
  { timeout: 120_000 },
  async () => {
    await using stage = await SurvivalStage.begin();
    const journal = stage.at('journal');
    const commands = Array.from({ length: JOBS }, (_, n) => ({
      name: `n${n}`,
      arguments: { name: 'sh', args: ['-c', `echo ${n} >> ${journal}; sleep 0.05`] },
      ...(n < 3 ? {} : { after: [`n${n - 3}`] }),
    }));
    await stage.killAgent();
    for (const [index, fault] of FAULTS.entries()) {
      const takesCommands = await stage.start(`${fault}:kill`).then(
        () => true,
        () => false,
      );
      if (takesCommands && index === 0) {
        const batch = stage.client.batch(commands, { id: 'all', defaults: { command: 'core.system' }, maxInFlight: 4 });
        batch.result().catch(() => undefined);
      }
      await stage.agentDied();
    }
    await stage.start();
    const result = await within(30_000, 'the batch ends', stage.result('all'));
    expect(result.state).toBe('SUCCESS');
    expect(batchSummary(result)).toMatchObject({ jobs: JOBS, states: { SUCCESS: JOBS }, failed: 0 });
    const order = linesOf(journal).map(Number);
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: JOBS }, (_, n) => n));
    for (const [place, n] of order.entries()) if (n >= 3) expect(order.indexOf(n - 3)).toBeLessThan(place);
  },
);

test('a batch that is killed when another agent has taken it over ends its jobs, those that wait too', async () => {
  await using stage = await SurvivalStage.begin();
  const commands = Array.from({ length: 5 }, () => ({
    command: 'core.system',
    arguments: { name: 'sleep', args: ['600'] },
  }));
  await stage.client.batch(commands, { id: 'long', maxInFlight: 2, onAbort: 'detach' }).accepted;
  await until('two run', async () => (await stage.client.jobs.list({ states: ['running'] })).length === 3);
  await stage.restart();
  const live = await stage.client.jobs.list({ states: ['queued'] });
  expect(live.map(({ waiting_for }) => waiting_for)).toEqual(live.map(() => [{ id: 'long', condition: 'turn' }]));
  await stage.client.job('long').kill();
  const result = await within(20_000, 'the batch ends', stage.result('long'));
  expect(result).toMatchObject({ state: 'KILLED', reason: 'killed' });
  expect(batchSummary(result)?.reasons).toEqual({ killed: 2, cancelled: 3 });
  expect(await stage.client.jobs.list()).toEqual([]);
});
