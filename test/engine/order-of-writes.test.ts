import { expect, test } from 'vitest';
import { EngineStage, turns } from '../harness/engine-stage.ts';
import { eventsOf } from '../harness/test-agent.ts';

test('accept and intent are stored before a run starts, its outcome before it is told and forgotten', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  life.store.hold();
  const accepted = life.submit({ id: 'a' });
  await turns();
  expect(stage.keeper.spawned).toEqual([]);
  life.store.release();
  await accepted;
  await turns();
  const key = life.key('a');
  let told = false;
  void life.result('a').then(() => (told = true));
  life.store.hold();
  stage.keeper.exit(key);
  await turns();
  expect([told, stage.keeper.runs.has(key)]).toEqual([false, true]);
  life.store.release();
  await turns();
  expect([told, stage.keeper.runs.has(key)]).toEqual([true, false]);
  expect(life.store.committed).toEqual(['accept a', 'settled a']);
});

test('a queued job’s intent is a write of its own before its run', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  const first = await life.start({ id: 'a', queue: 'line' });
  await life.submit({ id: 'b', queue: 'line' });
  life.store.hold();
  stage.keeper.exit(first);
  await turns();
  expect(stage.keeper.spawned).toEqual([first]);
  life.store.release();
  await turns();
  expect(stage.keeper.spawned).toEqual([first, life.key('b')]);
  expect(life.store.committed).toEqual(['accept a', 'accept b', 'settled a', 'intend b 1']);
});

test('an outcome that could not be stored is tried again until it is, and told once', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  const key = await life.start({ id: 'a' });
  life.store.failNext = 4;
  stage.keeper.exit(key);
  const result = life.result('a');
  await turns();
  await stage.clock.advance(20_000);
  expect(await result).toMatchObject({ state: 'SUCCESS', runs: 1 });
  expect(life.store.committed).toEqual(['accept a', 'settled a']);
  expect(life.engine.counts.storeRetries).toBe(4);
});

test('an intent that could not be stored starts nothing until it is', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  const first = await life.start({ id: 'a', queue: 'line' });
  await life.submit({ id: 'b', queue: 'line' });
  life.store.hold();
  stage.keeper.exit(first);
  await turns();
  life.store.failNext = 3;
  life.store.release();
  await turns();
  expect(stage.keeper.spawned).toEqual([first]);
  await stage.clock.advance(20_000);
  expect(stage.keeper.spawned).toEqual([first, life.key('b')]);
});

test('a job that can not be stored is refused with 503 and never runs, for those who attached meanwhile, too', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  life.store.failNext = 1;
  const answers = await Promise.all([life.submit({ id: 'a' }), life.submit({ id: 'a' })]);
  expect(answers).toMatchObject([
    { type: 'refused', result: { code: 503, refused: true } },
    { type: 'refused', result: { code: 503, refused: true } },
  ]);
  await turns();
  expect(stage.keeper.spawned).toEqual([]);
  expect(life.engine.load).toMatchObject({ live: 0, active: 0, waiting: 0 });
  expect(await life.submit({ id: 'a' })).toMatchObject({ type: 'accepted', attached: false });
});

test('a run whose outcome the ending agent could not store is not forgotten: the next one tells it, and starts nothing', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  const key = await first.start({ id: 'a' });
  first.store.hold();
  stage.keeper.exit(key, { code: 5 });
  await turns();
  const lost = expect(first.result('a')).rejects.toMatchObject({ code: 'shutting-down' });
  const report = first.engine.stop({ drain: false, deadlineMs: 1000 });
  await stage.clock.advance(60_000);
  expect(await report).toEqual({ left: [], unfinished: ['a'] });
  first.store.failNext = 10;
  first.store.release();
  await stage.clock.advance(60_000);
  await lost;
  expect([...stage.keeper.runs.keys()]).toEqual([key]);
  const second = await stage.begin();
  expect(await second.result('a')).toMatchObject({ code: 1005, runs: 1 });
  expect(stage.keeper.spawned).toEqual([key]);
});

test('who waits for a job the agent ends before is told so', async () => {
  const stage = new EngineStage({ queues: { line: { paused: true } } });
  const life = await stage.begin();
  await life.submit({ id: 'a', queue: 'line' });
  const waiting = expect(life.result('a')).rejects.toMatchObject({ code: 'shutting-down' });
  await life.end();
  await waiting;
});

test('a job stopped with its agent before its first run counts only runs there were', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  first.store.hold();
  const accepted = first.submit({ id: 'a' });
  await turns();
  const stopping = first.engine.stop({ drain: true, deadlineMs: 1000 });
  first.store.release();
  expect(await accepted).toMatchObject({ type: 'accepted' });
  await stage.clock.advance(10_000);
  await stopping;
  first.crash();
  expect(stage.keeper.spawned).toEqual([]);
  const second = await stage.begin();
  await turns();
  stage.keeper.exit(second.key('a'));
  expect(await second.result('a')).toMatchObject({ state: 'SUCCESS', runs: 1 });
});

test('a kill answered before the agent died is kept: the job does not run again', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  const key = await first.start({ id: 'a', recurring_period: 1 });
  // The run's end and the kill are stored together; the job's end is not.
  first.store.hold();
  stage.keeper.exit(key);
  await turns();
  const killed = first.engine.kill('a');
  await turns();
  first.store.release();
  await killed;
  const row = stage.disk.byId('a');
  if (row !== undefined) row.settled = undefined;
  first.crash();
  const second = await stage.begin();
  await stage.clock.advance(10_000);
  expect(stage.keeper.spawned).toEqual([key]);
  expect(await second.engine.result('a')).toMatchObject({ state: 'SUCCESS', runs: 1 });
});

test('a kill of a run that is about to start is answered when nothing can start it any more', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  stage.keeper.isDeaf = true;
  await first.submit({ id: 'a' });
  await turns();
  let answered = false;
  void first.engine.kill('a').then(() => (answered = true));
  await turns();
  expect(answered).toBe(false);
});

test('a job killed while its intent is stored never runs, and counts no run', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  const first = await life.start({ id: 'a', queue: 'line' });
  await life.submit({ id: 'b', queue: 'line' });
  stage.keeper.exit(first);
  life.store.hold();
  await turns();
  expect(life.engine.list({ ids: ['b'] })).toMatchObject([{ state: 'starting' }]);
  const killed = life.engine.kill('b');
  await turns();
  life.store.release();
  await killed;
  expect(await life.engine.result('b')).toMatchObject({ reason: 'cancelled', code: 499, runs: 0 });
  expect(stage.keeper.spawned).toEqual([first]);
});

test('a job cancelled before its stored intent was carried out never ran', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  stage.keeper.isDeaf = true;
  await first.submit({ id: 'a', queue: 'line' });
  await turns();
  first.crash();
  stage.keeper.isDeaf = false;
  const life = await stage.begin({ queues: { line: { paused: true } } });
  await life.engine.cancel('a');
  expect(await life.engine.result('a')).toMatchObject({ reason: 'cancelled', runs: 0, code: 499 });
});

test('a kill in the moment a run’s end is stored is answered well, and the result is the run’s', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  const key = await life.start({ id: 'a' });
  life.store.hold();
  stage.keeper.exit(key);
  await turns();
  const killed = life.engine.kill('a');
  await turns();
  life.store.release();
  await killed;
  expect(await life.engine.result('a')).toMatchObject({ reason: 'exited', state: 'SUCCESS' });
});

test('a kill after a run’s end is not told as a stop of that run', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  const key = await life.start({ id: 'a', recurring_period: 60 });
  life.store.hold();
  stage.keeper.exit(key);
  await turns();
  const killed = life.engine.kill('a');
  await turns();
  life.store.release();
  await killed;
  expect(eventsOf(await life.read('a')).map(({ event }) => event)).toEqual(['started', 'exited']);
  expect(await life.engine.result('a')).toMatchObject({ reason: 'killed', code: 499, runs: 1 });
});

test('a job that never started has no start in the history', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  stage.keeper.spawnFailures.push({ type: 'failed', failure: 'no-such-program', message: 'none' });
  await life.submit({ id: 'a' });
  await turns();
  expect(await life.engine.result('a')).toMatchObject({ reason: 'spawn-failed', code: 404, starttime: 0 });
  expect(await life.engine.get('a')).not.toHaveProperty('started');
});

test('a start whose answer never came is told as lost, not left hanging, and what it left is ended', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  stage.keeper.spawnFailures.push(new Error('the line broke'));
  await life.submit({ id: 'a', queue: 'line' });
  await turns();
  expect(await life.engine.result('a')).toMatchObject({ reason: 'lost', code: 503, cleanup: 'sweep', runs: 1 });
  expect(stage.cleaned).toHaveLength(1);
  expect(life.engine.load).toMatchObject({ live: 0, active: 0 });
});

test('a run whose output can not be read ends all the same', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  const key = await life.start({ id: 'a' });
  stage.keeper.trouble = new Error('out of order');
  stage.keeper.say(key, 'unheard\n');
  stage.keeper.exit(key);
  await turns();
  expect(await life.engine.result('a')).toMatchObject({ state: 'SUCCESS', output: { bytes: 8 } });
});

test('a stop that can not be handed over is logged, not thrown at nobody', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  await life.start({ id: 'a' });
  stage.keeper.trouble = new Error('out of order');
  await life.engine.kill('a');
  await turns();
  stage.keeper.trouble = undefined;
  await life.engine.kill('a');
  expect(await life.result('a')).toMatchObject({ reason: 'killed' });
});

test('a shorter grace counts also before the process is there', async () => {
  const stage = new EngineStage();
  stage.keeper.ignoresTerm = true;
  const answer = Promise.withResolvers<void>();
  stage.keeper.spawnAnswers = answer.promise;
  const life = await stage.begin();
  await life.submit({ id: 'a', kill_grace: 3600 });
  await turns();
  const kills = [life.engine.kill('a'), life.engine.kill('a', 'SIGKILL')];
  await turns();
  answer.resolve();
  await Promise.all(kills);
  await stage.clock.advance(0);
  expect(await life.result('a')).toMatchObject({ reason: 'killed', exit: { signal: 'SIGKILL' } });
});

test('cancel, priority and unschedule of a job that turns out not to become one are refused, and nothing is written', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  life.store.hold();
  life.store.failNext = 1;
  const accepted = life.submit({ id: 'a', queue: 'line' });
  await turns(1);
  const answers = [
    expect(life.engine.cancel('a')).rejects.toMatchObject({ code: 'not-running' }),
    expect(life.engine.kill('a')).rejects.toMatchObject({ code: 'not-running' }),
    expect(life.engine.unschedule('a')).rejects.toMatchObject({ code: 'not-running' }),
    expect(life.engine.setPriority('a', 5)).rejects.toMatchObject({ code: 'not-running' }),
  ];
  life.store.release();
  await accepted;
  await Promise.all(answers);
  await stage.clock.advance(10_000);
  expect(life.store.committed).toEqual([]);
  expect(life.engine.counts.storeRetries).toBe(0);
});

test('a row that can not be read any more ends its job honestly, and the others go on', async () => {
  const stage = new EngineStage({ queues: { line: { paused: true } } });
  const first = await stage.begin();
  await first.submit({ id: 'bad', queue: 'line' });
  await first.submit({ id: 'good', queue: 'line' });
  first.crash();
  const row = stage.disk.byId('bad');
  if (row === undefined) throw new Error('no row');
  stage.disk.rows.set(row.job.uid, { ...row, job: { ...row.job, command: '{"command":"test.run","color":"blue"}' } });
  const second = await stage.begin();
  second.engine.queues.resume('line');
  await turns();
  expect(await second.engine.result('bad')).toMatchObject({ reason: 'spawn-failed', code: 400 });
  expect(second.engine.list()).toMatchObject([{ id: 'good', state: 'running' }]);
});

test('nothing of a settled job is kept in memory: no timer, no live job, no run', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  for (const id of ['a', 'b', 'c']) {
    const key = await life.start({ id, stats_interval: 1, max_restart: 1, queue: 'line' });
    stage.keeper.exit(key, { code: 1 });
    await turns();
    await life.engine.kill(id);
  }
  await turns();
  expect(stage.clock.waiting).toBe(0);
  expect(stage.keeper.runs.size).toBe(0);
  expect(life.engine.load).toMatchObject({ live: 0, active: 0, waiting: 0 });
  expect(life.engine.queues.list()).toEqual([]);
});
