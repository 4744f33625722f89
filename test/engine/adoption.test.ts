import { expect, test } from 'vitest';
import { EngineStage, turns } from '../harness/engine-stage.ts';
import { eventsOf } from '../harness/test-agent.ts';
import type { ReadingItem } from '../../src/engine/streams/reading.ts';

const textsOf = (items: readonly ReadingItem[]): string[] =>
  items.flatMap((item) => (item.type === 'messages' ? item.messages.map(({ seq, text }) => `${seq} ${text}`) : []));

test('a run that is still there is adopted: not started again, with its true start, pid and end', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  const key = await first.start({ id: 'a' });
  const startedAt = stage.clock.now();
  first.crash();
  await stage.clock.advance(5000);
  const second = await stage.begin();
  expect(stage.keeper.spawned).toEqual([key]);
  expect(second.engine.list()).toMatchObject([
    { id: 'a', state: 'running', pid: stage.keeper.runs.get(key)?.pid, started: startedAt, runs: 1 },
  ]);
  const result = second.result('a');
  stage.keeper.exit(key, { code: 3 });
  expect(await result).toMatchObject({ code: 1003, exit: { code: 3 }, runs: 1, starttime: startedAt, time: 5000 });
  await turns();
  expect(stage.keeper.runs.size).toBe(0);
});

test('a run that ended while no agent was there has its true result, told once', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  const key = await first.start({ id: 'a' });
  first.crash();
  stage.keeper.say(key, 'last words\n');
  stage.keeper.exit(key, { code: 7 });
  const second = await stage.begin();
  const items = await second.read('a');
  expect(eventsOf(items).filter(({ event }) => event === 'exited')).toMatchObject([{ run: 1, code: 1007 }]);
  expect(await second.result('a')).toMatchObject({ code: 1007, streams: ['last words\n', ''], runs: 1 });
  expect(second.store.committed.filter((write) => write === 'settled a')).toHaveLength(1);
  const again = await second.submit({ id: 'a' });
  expect(again).toMatchObject({ type: 'accepted', attached: true });
  expect(stage.keeper.spawned).toEqual([key]);
});

test('output of an adopted run is whole, and a subscription by position loses and doubles nothing', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  const key = await first.start({ id: 'a' });
  stage.keeper.say(key, 'one\ntwo\n');
  await turns();
  first.crash();
  stage.keeper.say(key, 'three\n');
  const second = await stage.begin();
  const all = second.read('a');
  const rest = second.read('a', { from: 4, as: 'messages' });
  stage.keeper.say(key, 'four\n');
  stage.keeper.exit(key);
  expect(textsOf(await all)).toEqual(['3 one', '7 two', '13 three', '18 four']);
  expect(textsOf(await rest)).toEqual(['7 two', '13 three', '18 four']);
  expect(await second.result('a')).toMatchObject({
    streams: ['one\ntwo\nthree\nfour\n', ''],
    output: { bytes: 19, dropped: 0 },
  });
});

test('adopted runs hold their queue places and slots before anything starts, also in a paused queue', async () => {
  const stage = new EngineStage({ running: 3, queues: { wide: { width: 2 }, paused: { paused: true } } });
  const first = await stage.begin();
  first.engine.queues.resume('paused');
  const keys = [
    await first.start({ id: 'a', queue: 'wide' }),
    await first.start({ id: 'b', queue: 'wide' }),
    await first.start({ id: 'p', queue: 'paused' }),
  ];
  await first.submit({ id: 'c', queue: 'wide', priority: 1000 });
  await first.submit({ id: 'd' });
  first.crash();
  const second = await stage.begin();
  await turns();
  expect(stage.keeper.spawned).toEqual(keys);
  expect(second.engine.queues.list()).toMatchObject([
    { name: 'paused', active: 1, waiting: 0 },
    { name: 'wide', active: 2, jobs: ['c'] },
  ]);
  expect(second.engine.load).toMatchObject({ active: 3 });
  stage.keeper.exit(keys[2] ?? '0.0');
  await turns();
  expect(second.engine.list({ states: ['running'] }).map(({ id }) => id)).toEqual(['a', 'b', 'd']);
  stage.keeper.exit(keys[0] ?? '0.0');
  await turns();
  expect(second.engine.list({ states: ['running'] }).map(({ id }) => id)).toEqual(['b', 'c', 'd']);
});

test('why an adopted run was stopped by the agent before is kept', async () => {
  const stage = new EngineStage();
  stage.keeper.ignoresTerm = true;
  const first = await stage.begin();
  await first.start({ id: 'a', max_restart: 5 });
  await first.engine.kill('a');
  first.crash();
  const second = await stage.begin();
  const result = second.result('a');
  await stage.clock.advance(10_000);
  expect(await result).toMatchObject({ state: 'KILLED', reason: 'killed', exit: { signal: 'SIGKILL' }, runs: 1 });
});

test('an adopted run can be killed, and stays dead', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  await first.start({ id: 'a', max_restart: 5 });
  first.crash();
  const second = await stage.begin();
  const result = second.result('a');
  await second.engine.kill('a');
  expect(await result).toMatchObject({ reason: 'killed', runs: 1 });
});

test('what is appended to an adopted run’s standard input goes behind what it took before', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  const key = await first.start({ id: 'a', arguments: { stdin: 'given ' } });
  expect(await first.engine.appendStdin('a', Buffer.from('once '))).toEqual({ from: 6, taken: 11 });
  first.crash();
  const second = await stage.begin();
  expect(await second.engine.appendStdin('a', Buffer.from('more'))).toEqual({ from: 11, taken: 15 });
  expect(stage.keeper.runs.get(key)?.stdin.toString()).toBe('given once more');
});

test('a run no job asks for is stopped and forgotten; one that has ended is only forgotten', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  const live = await first.start({ id: 'live' });
  const ended = await first.start({ id: 'ended' });
  first.crash();
  stage.keeper.exit(ended);
  stage.disk.rows.clear();
  const second = await stage.begin();
  await stage.clock.advance(0);
  expect(second.engine.list()).toEqual([]);
  expect(stage.keeper.spawned).toEqual([live, ended]);
  expect([...stage.keeper.runs.keys()]).toEqual([]);
});

test('a run that was intended and is unknown in the same epoch is started under its own key', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  stage.keeper.isDeaf = true;
  await first.submit({ id: 'a' });
  await turns();
  expect(stage.disk.byId('a')?.intent).toMatchObject({ run: 1 });
  first.crash();
  stage.keeper.isDeaf = false;
  const second = await stage.begin();
  await turns();
  expect(stage.keeper.spawned).toEqual([second.key('a')]);
  stage.keeper.exit(second.key('a'));
  expect(await second.result('a')).toMatchObject({ state: 'SUCCESS', runs: 1 });
});

test('a run of another epoch is lost: what it left is ended, and its policies decide what follows', async () => {
  const stage = new EngineStage();
  stage.survivors = [{ pid: 7, command: 'stuck' }];
  const first = await stage.begin();
  const once = await first.start({ id: 'once' });
  const again = await first.start({ id: 'again', max_restart: 1 });
  first.crash();
  stage.keeper.die();
  const second = await stage.begin();
  expect(stage.cleaned).toEqual([once, again]);
  expect(await second.engine.result('once')).toMatchObject({
    reason: 'lost',
    code: 503,
    runs: 1,
    cleanup: 'sweep',
    survivors: [{ pid: 7, command: 'stuck' }],
  });
  expect(second.engine.list()).toMatchObject([{ id: 'again', state: 'waiting', runs: 1 }]);
  await stage.clock.advance(2000);
  expect(stage.keeper.spawned).toEqual([once, again, second.key('again')]);
});

test('when the keeper dies under a living agent its runs are lost with their times, and what they left is ended', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  const key = await life.start({ id: 'a' });
  const startedAt = stage.clock.now();
  stage.keeper.say(key, 'heard\n');
  await turns();
  await stage.clock.advance(3000);
  const result = life.result('a');
  stage.keeper.die();
  expect(await result).toMatchObject({
    reason: 'lost',
    starttime: startedAt,
    time: 3000,
    cleanup: 'sweep',
    streams: ['heard\n', ''],
  });
  expect(stage.cleaned).toEqual([key]);
});

test('runs started after the keeper was replaced are adopted and started in its epoch', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  stage.keeper.die();
  await turns();
  await first.start({ id: 'a' });
  expect(stage.disk.byId('a')?.intent).toMatchObject({ epoch: stage.keeper.epoch });
});

test('a run is adopted although its command means nothing any more; only its next start fails', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  const key = await first.start({ id: 'a', max_restart: 1 });
  first.crash();
  const row = stage.disk.byId('a');
  if (row === undefined) throw new Error('no row');
  stage.disk.rows.set(row.job.uid, {
    ...row,
    job: { ...row.job, name: 'gone', command: '{"command":"gone","max_restart":1}' },
  });
  const second = await stage.begin();
  expect(second.engine.list()).toMatchObject([{ id: 'a', state: 'running' }]);
  stage.keeper.exit(key, { code: 1 });
  await turns();
  const result = second.result('a');
  await stage.clock.advance(2000);
  expect(await result).toMatchObject({ reason: 'spawn-failed', code: 404, runs: 2 });
  expect(stage.keeper.spawned).toEqual([key]);
});

test('an agent that ends in order leaves runs that can go on, and the next one adopts them', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  const key = await first.start({ id: 'a' });
  expect(await first.end()).toEqual({ left: ['a'], unfinished: [] });
  expect(stage.keeper.running.map((run) => run.key)).toEqual([key]);
  const second = await stage.begin();
  stage.keeper.exit(key);
  expect(await second.result('a')).toMatchObject({ state: 'SUCCESS', runs: 1 });
  expect(stage.keeper.spawned).toEqual([key]);
});

test('draining ends runs that could go on', async () => {
  const stage = new EngineStage();
  const first = await stage.begin();
  await first.start({ id: 'a' });
  const result = first.result('a');
  expect(await first.end({ drain: true })).toEqual({ left: [], unfinished: [] });
  expect(await result).toMatchObject({ state: 'KILLED', error: { code: 'shutting-down' } });
});
