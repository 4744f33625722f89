import { expect, test } from 'vitest';
import { defineBuiltin } from 'corex/builtin';
import { accept, answerOf, shell, testAgent } from '../harness/test-agent.ts';
import { isAlive } from '../harness/processes.ts';
import { until } from '../harness/until.ts';

test('stopping ends running jobs, those that ignore TERM too, and their callers get results', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const polite = await accept(agent, shell('sleep 30', { id: 'polite' }));
  const stubborn = await accept(agent, shell('trap "" TERM; echo; while :; do sleep 0.05; done', { id: 'stubborn' }));
  const pids = await Promise.all(
    [polite, stubborn].map((id) => until('it runs', async () => (await agent.jobs.get(id)).pid)),
  );
  await until('one ignores TERM', async () => (await agent.jobs.get(stubborn)).output > 0);
  const results = Promise.all([polite, stubborn].map(async (id) => (await agent.jobs.view(id)).result));
  await agent.stop({ deadlineMs: 300 });
  expect(await results).toMatchObject([
    { id: 'polite', state: 'KILLED', code: 1143, error: { code: 'shutting-down' } },
    { id: 'stubborn', state: 'KILLED', code: 1137 },
  ]);
  expect(pids.map(isAlive)).toEqual([false, false]);
});

test('stopping ends functions, which have no pid, and waits for no protected job in its backoff', async () => {
  const waits = defineBuiltin({
    name: 'test.waits',
    summary: 'Waits.',
    durable: true,
    run: (_args, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
  });
  await using running = await testAgent({ builtins: [waits] });
  const { agent } = running;
  const id = await accept(agent, { command: 'test.waits' });
  const again = await accept(agent, shell('true', { restart_delay: 600, restart_max_delay: 600 }), { protected: true });
  await until('one runs', async () => (await agent.jobs.get(id)).state === 'running');
  await until('the other waits', async () => (await agent.jobs.get(again)).state === 'waiting');
  const result = (await agent.jobs.view(id)).result;
  const before = performance.now();
  await agent.stop({ deadlineMs: 60_000 });
  expect(performance.now() - before).toBeLessThan(30_000);
  expect(await result).toMatchObject({ state: 'KILLED', error: { code: 'shutting-down' } });
  await using next = await testAgent({ dataDir: running.dataDir });
  expect(next.agent.jobs.list()).toMatchObject([{ id: again, state: 'waiting', protected: true }]);
  await next.agent.jobs.kill(again);
});

test('stopping refuses new jobs with 503 while it goes on', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const id = await accept(agent, shell('trap "sleep 0.3; exit 0" TERM; sleep 30 & wait'));
  await until('it runs', async () => (await agent.jobs.get(id)).pid);
  const stopping = agent.stop({ deadlineMs: 5000 });
  expect(await agent.run(shell('true'))).toMatchObject({ refused: true, code: 503, error: { code: 'shutting-down' } });
  await stopping;
});

test('an idle agent stops at once, twice without harm', async () => {
  await using running = await testAgent();
  await Promise.all([running.agent.stop(), running.agent.stop()]);
});

test('who waits for a job that is kept for the next agent is told when the agent stops', async () => {
  await using running = await testAgent({ queues: { line: { paused: true } } });
  const waiting = expect(running.agent.run(shell('true', { queue: 'line' }))).rejects.toMatchObject({
    code: 'shutting-down',
    number: 503,
  });
  await running.agent.stop();
  await waiting;
});

test('jobs accepted in the moment of the stop are kept for the next agent or have a result', async () => {
  await using first = await testAgent();
  const submissions = Array.from({ length: 50 }, (_, index) =>
    first.agent.submit(shell('sleep 0.01', { id: `job${index}` })),
  );
  const stopping = first.agent.stop({ deadlineMs: 3000 });
  const accepted = await Promise.all(submissions.map(answerOf));
  await stopping;
  expect(accepted.every((answer) => answer.type === 'accepted')).toBe(true);
  await using second = await testAgent({ dataDir: first.dataDir });
  const results = await Promise.all(
    submissions.map(async (_, index) => (await second.agent.jobs.view(`job${index}`)).result),
  );
  for (const result of results) expect(['exited', 'killed']).toContain(result.reason);
});
