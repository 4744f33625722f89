import { expect, test } from 'vitest';
import { AgentError } from '../../src/protocol/agent-error.ts';
import { EngineStage, turns } from '../harness/engine-stage.ts';

const SILENCE = 'the keeper does not answer';

test('while nothing can be started new jobs are refused with 503, and nothing of them is kept', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  stage.keeper.silence = SILENCE;
  expect(await life.submit({ id: 'a' })).toMatchObject({
    type: 'refused',
    result: { code: 503, error: { code: 'keeper-unavailable', message: `Cannot take the job: ${SILENCE}` } },
  });
  expect(life.store.committed).toEqual([]);
  stage.keeper.silence = undefined;
  expect(await life.submit({ id: 'a' })).toMatchObject({ type: 'accepted', attached: false });
});

test('what is known of jobs is told all the same, to those that ask by the same id, too', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  const ended = await life.start({ id: 'ended' });
  await life.start({ id: 'live' });
  stage.keeper.exit(ended, { code: 3 });
  await turns();
  stage.keeper.silence = SILENCE;
  expect(await life.engine.result('ended')).toMatchObject({ code: 1003 });
  expect(await life.submit({ id: 'ended' })).toMatchObject({ type: 'accepted', attached: true });
  expect(await life.submit({ id: 'live' })).toMatchObject({ type: 'accepted', attached: true });
});

test('a job that waits its turn starts when its place answers again, once', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  const first = await life.start({ id: 'a', queue: 'line' });
  await life.submit({ id: 'b', queue: 'line' });
  stage.keeper.silence = SILENCE;
  stage.keeper.exit(first);
  await turns();
  await stage.clock.advance(5000);
  expect(life.engine.list()).toMatchObject([{ id: 'b', state: 'starting' }]);
  stage.keeper.silence = undefined;
  await stage.clock.advance(1000);
  expect(stage.keeper.spawned).toEqual([first, life.key('b')]);
  stage.keeper.exit(life.key('b'));
  expect(await life.result('b')).toMatchObject({ state: 'SUCCESS', runs: 1 });
  expect(stage.clock.waiting).toBe(0);
});

test('a run that could not even be asked for is asked for again', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  stage.keeper.spawnFailures.push(new AgentError('keeper-unavailable', SILENCE));
  await life.submit({ id: 'a' });
  await turns();
  expect(stage.keeper.spawned).toEqual([]);
  await stage.clock.advance(1000);
  expect(stage.keeper.spawned).toEqual([life.key('a')]);
  stage.keeper.exit(life.key('a'));
  expect(await life.result('a')).toMatchObject({ state: 'SUCCESS', runs: 1 });
});

test('a kill ends the wait, and the job has had no run', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  const first = await life.start({ id: 'a', queue: 'line' });
  await life.submit({ id: 'b', queue: 'line' });
  stage.keeper.silence = SILENCE;
  stage.keeper.exit(first);
  await turns();
  const killed = life.engine.kill('b');
  await stage.clock.advance(1000);
  await killed;
  expect(await life.engine.result('b')).toMatchObject({ reason: 'cancelled', runs: 0 });
});

test('an agent that ends leaves what could not be started to the next one', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  const first = await life.start({ id: 'a', queue: 'line' });
  await life.submit({ id: 'b', queue: 'line' });
  stage.keeper.silence = SILENCE;
  stage.keeper.exit(first);
  await turns();
  expect(await life.end()).toEqual({ left: [], unfinished: [] });
  stage.keeper.silence = undefined;
  const second = await stage.begin();
  await turns();
  expect(stage.keeper.spawned).toEqual([first, second.key('b')]);
});

test('a run whose place began a new life while it waited is intended in that life', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  const first = await life.start({ id: 'a', queue: 'line' });
  await life.submit({ id: 'b', queue: 'line' });
  stage.keeper.silence = SILENCE;
  stage.keeper.exit(first);
  await turns();
  const { epoch } = stage.keeper;
  expect(stage.disk.byId('b')?.intent).toMatchObject({ run: 1, epoch });
  stage.keeper.die();
  await turns();
  stage.keeper.silence = undefined;
  await stage.clock.advance(1000);
  expect(stage.disk.byId('b')).toMatchObject({ intent: { run: 1, epoch: stage.keeper.epoch }, runs: 1 });
  expect(stage.keeper.epoch).not.toBe(epoch);
  expect(stage.keeper.running.map(({ key }) => key)).toEqual([life.key('b')]);
});
