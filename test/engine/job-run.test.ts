import { expect, test } from 'vitest';
import { EngineStage, turns } from '../harness/engine-stage.ts';

test('`stats_interval` measures a run every interval while it lives, for who reads at the moment', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  stage.keeper.use = { cpu: 50, rss: 4096, vms: 8192, swap: 0 };
  const key = await life.start({ id: 'a', stats_interval: 2 });
  const reader = (await life.engine.view('a')).read({ from: 'now', as: 'messages' });
  const never = new AbortController().signal;
  for (let round = 0; round < 2; round += 1) {
    const next = reader.next(1000, never);
    await stage.clock.advance(2000);
    expect(await next).toEqual([{ type: 'stats', stats: { ...stage.keeper.use, time: stage.clock.now() } }]);
  }
  stage.keeper.exit(key);
  await turns();
  await stage.clock.advance(10_000);
  expect(stage.keeper.measured).toBe(2);
  expect(stage.clock.waiting).toBe(0);
});

test('a run that has ended before its start is answered ends with all it said', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  const answer = Promise.withResolvers<void>();
  stage.keeper.spawnAnswers = answer.promise;
  await life.submit({ id: 'a' });
  await turns();
  const key = life.key('a');
  stage.keeper.say(key, 'quick\n');
  stage.keeper.exit(key, { code: 2 });
  await turns();
  answer.resolve();
  await turns();
  expect(await life.engine.result('a')).toMatchObject({ code: 1002, streams: ['quick\n', ''], runs: 1 });
});
