import { expect, test } from 'vitest';
import { EngineStage, turns } from '../harness/engine-stage.ts';

test('a command that replaces starts anew where a settled job has its id, of the same content or another', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  stage.keeper.exit(await life.start({ id: 'a' }));
  await turns(10);
  expect(await life.submit({ id: 'a' })).toMatchObject({ type: 'accepted', attached: true });
  expect(await life.submit({ id: 'a' }, { replaces: true })).toMatchObject({ type: 'accepted', attached: false });
  await turns(10);
  stage.keeper.exit(life.key('a'), { code: 3 });
  await turns(10);
  expect(await life.result('a')).toMatchObject({ state: 'ERROR', code: 1003, runs: 1 });
  const changed = await life.submit({ id: 'a', tags: ['other'] }, { replaces: true });
  expect(changed).toMatchObject({ type: 'accepted', attached: false });
  await turns(10);
  expect(stage.keeper.spawned).toHaveLength(3);
});

test('a command that replaces attaches to a live job of its content, and is refused for another', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  await life.start({ id: 'a' });
  expect(await life.submit({ id: 'a' }, { replaces: true })).toMatchObject({ type: 'accepted', attached: true });
  expect(await life.submit({ id: 'a', tags: ['other'] }, { replaces: true })).toMatchObject({
    type: 'refused',
    result: { error: { code: 'duplicate-id' } },
  });
  expect(stage.keeper.spawned).toHaveLength(1);
});

test('a settled job is replaced also where a handler changes commands', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  stage.keeper.exit(await life.start({ id: 'a' }));
  await turns(10);
  life.engine.addHandler({ name: 'tags', pre: (command) => ({ ...command, tags: ['changed'] }) });
  await life.submit({ id: 'a' }, { replaces: true });
  await turns(10);
  expect(life.engine.list()).toMatchObject([{ id: 'a', tags: ['changed'] }]);
});
