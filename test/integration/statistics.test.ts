import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobStatsInfo, SeriesInfo } from '../../src/protocol/statistics-info.ts';
import { accept, follow, shell, testAgent, type TestAgent } from '../harness/test-agent.ts';
import { until } from '../harness/until.ts';

let running: TestAgent;

beforeAll(async () => {
  running = await testAgent();
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
});

async function call<Answer>(command: string, args: object): Promise<Answer> {
  const result = await running.agent.run({ command, arguments: args });
  if (result.state !== 'SUCCESS') throw new Error(result.error?.code);
  return JSON.parse(result.data) as Answer;
}

const statsOf = (id: string, more: object = {}) => call<JobStatsInfo | null>('job.stats', { id, ...more });

test('what a job and its children use is kept while it lives and after it has settled', async () => {
  const { agent } = running;
  const busy = shell('(while :; do :; done) & sleep 600', { id: 'busy', stats_interval: 0.25 });
  await accept(agent, busy);
  const seen = await until('there are four samples of a busy job with its children', async () => {
    const stats = await statsOf('busy', { points: 100 });
    const { samples = 0, cpu = 0 } = stats?.totals ?? {};
    return samples >= 4 && cpu > 1 && (stats?.processes ?? 0) >= 3 && stats;
  });
  expect(seen.samples?.length).toBe(seen.totals?.samples);
  expect(seen.totals?.cpu_max).toBeGreaterThanOrEqual(seen.totals?.cpu ?? 0);
  const last = seen.samples?.at(-1);
  expect(last?.rss).toBeGreaterThan(100_000);
  const later = await statsOf('busy', { since: (last?.time ?? 0) / 1000 });
  expect(later?.samples?.every(({ time }) => time > (last?.time ?? 0))).toBe(true);
  const few = await statsOf('busy', { points: 2 });
  expect(few?.samples?.length).toBeLessThanOrEqual(2);
  expect((await statsOf('busy'))?.samples).toBeUndefined();

  const result = agent.jobs.view('busy').then(({ result: settled }) => settled);
  await agent.jobs.kill('busy');
  await result;
  const after = await statsOf('busy', { points: 100 });
  expect(after?.cpu).toBeUndefined();
  expect(after?.totals?.samples).toBeGreaterThanOrEqual(4);
});

test('jobs that were started at different moments are measured at the same', async () => {
  const { agent } = running;
  const ids = ['first', 'second', 'third'];
  for (const id of ids) await accept(agent, shell('sleep 600', { id, stats_interval: 0.25 }));
  const times = await until('all were measured three times', async () => {
    const all = await Promise.all(ids.map((id) => statsOf(id, { points: 100 })));
    const samples = all.map((stats) => stats?.samples ?? []);
    return samples.every(({ length }) => length >= 3) && samples.map((own) => own.map(({ time }) => time));
  });
  for (const id of ids) await agent.jobs.kill(id);
  const [first = [], ...others] = times;
  for (const own of others) {
    const nearest = own.map((time) => Math.min(...first.map((other) => Math.abs(other - time))));
    // Their samples stand within one look, though they were started one after the other.
    expect(nearest.filter((distance) => distance < 100).length).toBeGreaterThan(0);
  }
});

test('a job that is not measured has its use of the moment, and one that ran has what it used in all', async () => {
  const { agent } = running;
  await accept(agent, shell('sleep 600', { id: 'plain' }));
  const now = await until('it runs', async () => (await statsOf('plain', { points: 5 })) ?? undefined);
  expect(now).toMatchObject({ cpu: 0, swap: 0 });
  expect(now.samples).toBeUndefined();
  await agent.jobs.kill('plain');
  await expect(statsOf('never')).rejects.toThrow('unknown-job');
});

test('values that a run reports are summed up with the id of its job, or the one it names', async () => {
  const { agent } = running;
  await agent.run(
    shell('echo "10::temp:-5|A|room=1"; echo "10::temp:-7|A|room=1"; echo "10::temp:1|A|room=2,id=sensor"', {
      id: 'probe',
    }),
  );
  const { series, total } = await call<{ series: SeriesInfo[]; total: number }>('aggregator.query', { key: 'temp' });
  expect(total).toBe(2);
  expect(series.find(({ id }) => id === 'probe')).toMatchObject({
    op: 'A',
    tags: { room: '1' },
    last_value: -7,
    current: { 300: { count: 2, total: -12, avg: -6, max: -5 }, 3600: { count: 2 } },
    history: { 300: [], 3600: [] },
  });
  const some = await call<{ series: SeriesInfo[] }>('aggregator.query', { prefix: 'te', tags: { room: '2' } });
  expect(some.series.map(({ id }) => id)).toEqual(['sensor']);
});

test('what is no statistic is delivered as a message all the same, and counted', async () => {
  const { agent } = running;
  const id = await accept(agent, shell('echo "10::nonsense"; echo "10::a:b|A"; echo "10::ok:1|A"', { id: 'mixed' }));
  const items = await follow(agent, id);
  const texts = items.flatMap((item) => (item.type === 'messages' ? item.messages.map(({ text }) => text) : []));
  expect(texts).toEqual(['nonsense', 'a:b|A', 'ok:1|A']);
  const { counts } = await call<{ counts: { malformedStatistics: number } }>('core.state', {});
  expect(counts.malformedStatistics).toBe(2);
});

test('arguments that make no sense are refused', async () => {
  await expect(statsOf('x', { points: 0 })).rejects.toThrow('bad-arguments');
  await expect(call('aggregator.query', { tag: { a: '1' } })).rejects.toThrow('bad-arguments');
});
