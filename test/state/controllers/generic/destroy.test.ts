import { expect, test } from 'vitest';

import { destroyTornDown } from '../../../../src/state/controllers/generic/destroy.ts';
import { int, Ints, INTS, RuntimeStage } from '../stage.ts';
import { until } from '../../../harness/until.ts';

test('destroyTornDown() destroys what is nobody’s, is to go and has no finalizers, and nothing else', async () => {
  await using stage = new RuntimeStage('by the log');
  const controller = destroyTornDown(INTS);
  expect(controller.name).toBe(`Destroy[${Ints.type}]`);
  stage.runtime.registerQueue(controller);
  await stage.set('before', 1);
  await stage.state.teardown(Ints.pointer('before'));
  stage.start();
  await stage.set('running', 1);
  await stage.set('busy', 1);
  await stage.state.addFinalizer(Ints.pointer('busy'), 'F');
  await stage.state.create(int('owned', 1), { owner: 'me' });
  await stage.state.teardown(Ints.pointer('owned'), { owner: 'me' });
  await stage.state.teardown(Ints.pointer('busy'));
  const left = async (): Promise<string> => (await stage.state.list(INTS)).map(({ metadata }) => metadata.id).join();
  await until('the first is gone', async () => (await left()) === 'busy,owned,running');
  await stage.state.removeFinalizer(Ints.pointer('busy'), 'F');
  await until('the busy one is gone', async () => (await left()) === 'owned,running');
});
