import { describe, expect, test } from 'vitest';
import { EngineStage, turns } from '../../harness/engine-stage.ts';
import { eventsOf } from '../../harness/test-agent.ts';

const first = { id: 'first' };

describe('a job that waits for another', () => {
  test('starts when that has succeeded, and says what it waits for until then', async () => {
    const stage = new EngineStage();
    const life = await stage.begin();
    const key = await life.start(first);
    expect(await life.submit({ id: 'second', after: ['first'] })).toMatchObject({ type: 'accepted' });
    await turns();
    expect(life.engine.list({ ids: ['second'] })).toMatchObject([
      { state: 'queued', waiting_for: [{ id: 'first', condition: 'success' }] },
    ]);
    expect(stage.keeper.spawned).toEqual([key]);
    stage.keeper.exit(key);
    await turns();
    expect(stage.keeper.spawned).toEqual([key, life.key('second')]);
    expect((await life.engine.get('second')).waiting_for).toBeUndefined();
    const told = life.read('second');
    stage.keeper.exit(life.key('second'));
    expect(await life.result('second')).toMatchObject({ state: 'SUCCESS', runs: 1 });
    expect(eventsOf(await told).map(({ event }) => event)).toEqual(['queued', 'started', 'exited']);
  });

  test('never starts when that fails, and neither do those behind it: all settle at once', async () => {
    const stage = new EngineStage();
    const life = await stage.begin();
    const key = await life.start(first);
    for (const [id, after] of [
      ['b', 'first'],
      ['c', 'b'],
      ['d', 'c'],
    ] as const)
      await life.submit({ id, after: [after] });
    stage.keeper.exit(key, { code: 3 });
    await turns();
    expect(await life.engine.result('b')).toMatchObject({
      state: 'KILLED',
      reason: 'dependency-failed',
      code: 424,
      runs: 0,
      error: {
        code: 'dependency-failed',
        message: 'It waited for the job "first" to succeed, which ended with state ERROR',
      },
    });
    expect(await life.engine.result('d')).toMatchObject({ reason: 'dependency-failed' });
    expect(stage.keeper.spawned).toEqual([key]);
    expect(life.engine.load).toMatchObject({ live: 0, waiting: 0, active: 0 });
  });

  test.each([
    ['done', 1],
    ['done', 0],
    ['success', 0],
  ] as const)('with "%s" starts after exit code %i', async (condition, code) => {
    const stage = new EngineStage();
    const life = await stage.begin();
    const key = await life.start(first);
    await life.submit({ id: 'second', after: [{ id: 'first', condition }] });
    stage.keeper.exit(key, { code });
    await turns();
    expect(stage.keeper.spawned).toHaveLength(2);
  });

  test('with "started" starts as soon as that runs, and never when that is cancelled', async () => {
    const stage = new EngineStage({ queues: { line: { paused: true }, other: { paused: true } } });
    const life = await stage.begin();
    await life.submit({ id: 'a', queue: 'line' });
    await life.submit({ id: 'x', queue: 'other' });
    await life.submit({ id: 'b', after: [{ id: 'a', condition: 'started' }] });
    await life.submit({ id: 'y', after: [{ id: 'x', condition: 'started' }] });
    await turns();
    expect(stage.keeper.spawned).toEqual([]);
    life.engine.queues.resume('line');
    await life.engine.cancel('x');
    await turns();
    expect(stage.keeper.spawned).toEqual([life.key('a'), life.key('b')]);
    expect(await life.engine.result('y')).toMatchObject({
      reason: 'dependency-failed',
      error: { message: 'It waited for the job "x" to start, which ended without a run' },
    });
  });

  test('that has succeeded before starts at once, its intent in one write with it', async () => {
    const stage = new EngineStage();
    const life = await stage.begin();
    stage.keeper.exit(await life.start(first));
    await turns();
    life.store.committed.length = 0;
    await life.start({ id: 'second', after: ['first'] });
    expect(life.store.committed).toEqual(['accept second']);
    expect(stage.keeper.spawned).toHaveLength(2);
  });

  test('that has failed before settles at once', async () => {
    const stage = new EngineStage();
    const life = await stage.begin();
    stage.keeper.exit(await life.start(first), { code: 1 });
    await turns();
    expect(await life.submit({ id: 'second', after: ['first'] })).toMatchObject({ type: 'accepted' });
    await turns();
    expect(await life.engine.result('second')).toMatchObject({ reason: 'dependency-failed' });
  });

  test('takes its place in its queue only then', async () => {
    const stage = new EngineStage();
    const life = await stage.begin();
    const key = await life.start(first);
    await life.submit({ id: 'late', queue: 'line', after: ['first'] });
    const held = await life.start({ id: 'holds', queue: 'line' });
    await life.submit({ id: 'early', queue: 'line' });
    stage.keeper.exit(key);
    await turns();
    expect(life.engine.queues.list()).toMatchObject([{ jobs: ['early', 'late'] }]);
    stage.keeper.exit(held);
    await turns();
    expect(stage.keeper.spawned.at(-1)).toBe(life.key('early'));
  });

  test.each(['kill', 'cancel'] as const)('ends by %s while it waits, and dooms those behind it', async (how) => {
    const stage = new EngineStage();
    const life = await stage.begin();
    const key = await life.start(first);
    await life.submit({ id: 'second', after: ['first'] });
    await life.submit({ id: 'third', after: ['second'] });
    await life.engine[how]('second');
    await turns();
    expect(await life.engine.result('second')).toMatchObject({ reason: 'cancelled', code: 499, runs: 0 });
    expect(await life.engine.result('third')).toMatchObject({ reason: 'dependency-failed' });
    stage.keeper.exit(key);
    await turns();
    expect(stage.keeper.spawned).toEqual([key]);
  });

  test('is one job for the same id and content, and refused with other content', async () => {
    const stage = new EngineStage();
    const life = await stage.begin();
    await life.start(first);
    const twice = await Promise.all([
      life.submit({ id: 'second', after: ['first'] }),
      life.submit({ id: 'second', after: [{ id: 'first', condition: 'success' }] }),
    ]);
    expect(twice).toMatchObject([
      { type: 'accepted', attached: false },
      { type: 'accepted', attached: true },
    ]);
    const other = await life.submit({ id: 'second', after: [{ id: 'first', condition: 'done' }] });
    expect(other).toMatchObject({ type: 'refused', result: { state: 'DUPILICATE_ID' } });
  });

  test('may be asked for again when what it waited for is forgotten', async () => {
    const stage = new EngineStage();
    const life = await stage.begin();
    stage.keeper.exit(await life.start(first));
    await turns();
    stage.keeper.exit(await life.start({ id: 'second', after: ['first'] }));
    await turns();
    forget(stage, 'first');
    expect(await life.submit({ id: 'second', after: ['first'] })).toMatchObject({ type: 'accepted', attached: true });
    expect(await life.submit({ id: 'third', after: ['first'] })).toMatchObject({ type: 'refused' });
  });

  test('settles well though its store fails for a while', async () => {
    const stage = new EngineStage();
    const life = await stage.begin();
    const key = await life.start(first);
    await life.submit({ id: 'second', after: ['first'] });
    life.store.failNext = 5;
    stage.keeper.exit(key, { code: 1 });
    await stage.clock.advance(60_000);
    expect(await life.engine.result('second')).toMatchObject({ reason: 'dependency-failed' });
  });
});

describe('is refused:', () => {
  test('a job that waits for one that is not there, with 404 and its id', async () => {
    const life = await new EngineStage().begin();
    const refused = await life.submit({ id: 'a', after: ['nobody', 'noone'] });
    expect(refused).toMatchObject({
      type: 'refused',
      result: {
        code: 404,
        error: {
          code: 'unknown-job',
          message: 'Cannot wait for "nobody", "noone": no job of this id is live or in the history',
        },
      },
    });
    expect(life.engine.load.live).toBe(0);
  });

  test('a job that waits for itself', async () => {
    const life = await new EngineStage().begin();
    const refused = await life.submit({ id: 'a', after: ['a'] });
    expect(refused).toMatchObject({
      result: { error: { code: 'bad-command', message: expect.stringContaining('wait for itself') } },
    });
  });

  test('a job that waits for one that turns out not to become one', async () => {
    const life = await new EngineStage().begin();
    life.store.failNext = 1;
    const answers = await Promise.all([life.submit(first), life.submit({ id: 'second', after: ['first'] })]);
    expect(answers).toMatchObject([
      { type: 'refused', result: { code: 503 } },
      { type: 'refused', result: { code: 404 } },
    ]);
  });
});

describe('the next agent', () => {
  test('lets jobs wait on, and starts them when it is time', async () => {
    const stage = new EngineStage();
    const before = await stage.begin();
    const key = await before.start(first);
    await before.submit({ id: 'second', after: ['first'] });
    before.crash();
    const life = await stage.begin();
    expect(life.engine.list({ ids: ['second'] })).toMatchObject([{ waiting_for: [{ id: 'first' }] }]);
    stage.keeper.exit(key);
    await turns();
    expect(stage.keeper.spawned).toEqual([key, life.key('second')]);
  });

  test('starts jobs whose time came when there was no agent, and ends those that can not start any more', async () => {
    const stage = new EngineStage();
    const before = await stage.begin();
    const keys = [await before.start({ id: 'good' }), await before.start({ id: 'bad' })];
    await before.submit({ id: 'after-good', after: ['good'] });
    await before.submit({ id: 'after-bad', after: ['bad'] });
    before.crash();
    stage.keeper.exit(keys[0] ?? 'x.1');
    stage.keeper.exit(keys[1] ?? 'x.1', { code: 1 });
    const life = await stage.begin();
    await turns();
    expect(stage.keeper.spawned).toEqual([...keys, life.key('after-good')]);
    expect(await life.engine.result('after-bad')).toMatchObject({ reason: 'dependency-failed' });
  });

  test('remembers what had come so far, though it is forgotten by then', async () => {
    const stage = new EngineStage();
    const before = await stage.begin();
    const [a, b] = [await before.start({ id: 'a' }), await before.start({ id: 'b' })];
    await before.submit({ id: 'c', after: ['a', 'b'] });
    stage.keeper.exit(a);
    await turns();
    before.crash();
    forget(stage, 'a');
    const life = await stage.begin();
    expect(life.engine.list({ ids: ['c'] })).toMatchObject([{ waiting_for: [{ id: 'b' }] }]);
    stage.keeper.exit(b);
    await turns();
    expect(stage.keeper.spawned).toEqual([a, b, life.key('c')]);
  });

  test('keeps a job in line whose time has come, though what it waited for is forgotten', async () => {
    const stage = new EngineStage({ queues: { line: { paused: true } } });
    const before = await stage.begin();
    const key = await before.start(first);
    await before.submit({ id: 'waits', queue: 'line', after: ['first'] });
    stage.keeper.exit(key);
    await turns();
    await before.submit({ id: 'waited', queue: 'line', after: ['first'] });
    before.crash();
    forget(stage, 'first');
    const life = await stage.begin();
    expect(life.engine.queues.list()).toMatchObject([{ jobs: ['waits', 'waited'] }]);
    expect(life.engine.list()).toMatchObject([{ state: 'queued' }, { state: 'queued' }]);
  });

  test('ends a job whose dependency is gone', async () => {
    const stage = new EngineStage();
    const before = await stage.begin();
    const key = await before.start(first);
    await before.submit({ id: 'second', after: ['first'] });
    await before.submit({ id: 'third', after: [{ id: 'first', condition: 'done' }] });
    before.crash();
    stage.keeper.runs.delete(key);
    forget(stage, 'first');
    const life = await stage.begin();
    await turns();
    expect(await life.engine.result('second')).toMatchObject({
      reason: 'dependency-failed',
      error: { message: 'It waited for the job "first" to succeed, which is in the history no more' },
    });
    expect(life.engine.list({ ids: ['third'] })).toMatchObject([{ state: 'running' }]);
  });
});

test('two thousand jobs behind one that fails end with it, and none runs', async () => {
  const stage = new EngineStage({ maxJobs: 20_000, running: 20_000 });
  const life = await stage.begin({ maxJobs: 20_000, running: 20_000 });
  const key = await life.start(first);
  const ids = Array.from({ length: 2000 }, (_, n) => `job${n}`);
  await Promise.all(ids.map((id) => life.submit({ id, after: ['first'] })));
  stage.keeper.exit(key, { code: 1 });
  await turns(100);
  expect(life.engine.load.live).toBe(0);
  expect(stage.keeper.spawned).toEqual([key]);
});

/** Its time in the history is over. */
function forget(stage: EngineStage, id: string): void {
  const row = stage.disk.byId(id);
  if (row !== undefined) stage.disk.rows.delete(row.job.uid);
}
