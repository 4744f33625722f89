import { expect, test } from 'vitest';
import type { Hook } from '../../../src/engine/hooks/hook.ts';
import { EngineStage, turns } from '../../harness/engine-stage.ts';

test('a hook that is hung on a live job hears what happens from then on, until it is taken away', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  const key = await life.start({ id: 'a', max_restart: 5 });
  const heard: string[] = [];
  const hook: Hook = {
    name: 'late',
    started: ({ run }) => void heard.push(`started ${run}`),
    message: ({ text, run }) => void heard.push(`${run} ${text}`),
    exited: ({ run, state }) => void heard.push(`exited ${run} ${state}`),
  };
  const hung = life.engine.watch('a', hook);
  stage.keeper.say(key, 'one\n');
  await turns(10);
  stage.keeper.exit(key, { code: 1 });
  await turns(10);
  await stage.clock.advance(1000);
  await turns(10);
  expect(heard).toEqual(['1 one', 'exited 1 ERROR', 'started 2']);
  hung?.[Symbol.dispose]();
  stage.keeper.exit(life.key('a'));
  await turns(10);
  expect(heard).toHaveLength(3);
  expect(life.engine.watch('a', hook)).toBeUndefined();
});

test('messages are parsed for a hook only while it wants them', async () => {
  const stage = new EngineStage();
  const life = await stage.begin();
  const key = await life.start({ id: 'a' });
  const heard: string[] = [];
  let listens = false;
  life.engine.watch('a', {
    name: 'now and then',
    get message() {
      return listens ? ({ text }: { text: string }) => void heard.push(text) : undefined;
    },
  });
  for (const [text, does] of [
    ['one', false],
    ['two', true],
    ['three', false],
  ] as const) {
    listens = does;
    stage.keeper.say(key, `${text}\n`);
    await turns(10);
  }
  expect(heard).toEqual(['two']);
});
