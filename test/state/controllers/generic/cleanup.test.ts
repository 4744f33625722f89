import { describe, expect, test } from 'vitest';

import type { Controller } from '../../../../src/state/controllers/controller.ts';
import { cleanup, type CleanupHandler } from '../../../../src/state/controllers/generic/cleanup.ts';
import {
  combineHandlers,
  hasNoOutputs,
  removeOutputs,
} from '../../../../src/state/controllers/generic/cleanup-handlers.ts';
import type { Query } from '../../../../src/state/query.ts';
import type { Resource } from '../../../../src/state/resource.ts';
import { until } from '../../../harness/until.ts';
import { within } from '../../../harness/within.ts';
import { Ints, RuntimeStage, STRS, Strs } from '../stage.ts';

interface Int {
  value: number;
}
const NAME = 'Cleanup';
const OTHERS = { namespace: 'others', type: 'Others.test.corex' };

/** Texts with the label of the number. */
function ofIt({ metadata }: Resource): Query {
  return { labels: [[{ key: 'of', operation: 'equal', values: [metadata.id] }]] };
}

function controller(handler: CleanupHandler<Int>): Controller {
  return cleanup({ name: NAME, input: Ints, handler });
}

async function withInput(handler: CleanupHandler<Int>): Promise<RuntimeStage> {
  const stage = new RuntimeStage('by the log', { random: () => 1 });
  stage.runtime.register(controller(handler));
  stage.start();
  await stage.set('one', 1);
  await within(
    10_000,
    'its name',
    stage.state.watchFor(Ints.pointer('one'), { matches: ({ metadata }) => metadata.finalizers.includes(NAME) }),
  );
  return stage;
}

describe('cleanup()', () => {
  test('with hasNoOutputs() keeps an input until the last of its outputs is gone', async () => {
    await using stage = await withInput(hasNoOutputs(STRS, ofIt));
    for (const id of ['a', 'b']) await stage.state.create(Strs.make({ id, spec: { text: '' }, labels: { of: 'one' } }));
    await stage.state.create(Strs.make({ id: 'c', spec: { text: '' }, labels: { of: 'two' } }));
    expect(await stage.state.teardown(Ints.pointer('one'))).toBe(false);
    await stage.state.destroy(Strs.pointer('a'));
    expect((await stage.state.get(Ints.pointer('one'))).metadata.finalizers).toEqual([NAME]);
    await stage.state.destroy(Strs.pointer('b'));
    await within(10_000, 'it goes', stage.state.teardownAndDestroy(Ints.pointer('one')));
    expect(stage.runtime.counts()[NAME]?.crashes).toBe(0);
  });

  test('with removeOutputs() takes away what is nobody’s or of owners it was told, waits, and leaves the rest', async () => {
    await using stage = await withInput(removeOutputs(STRS, ofIt, { extraOwners: ['extra'] }));
    const make = (id: string, owner = ''): Promise<Resource> =>
      stage.state.create(Strs.make({ id, spec: { text: id }, labels: { of: 'one' } }), { owner });
    await make('nobodys');
    await make('extras', 'extra');
    await make('theirs', 'others');
    await stage.state.addFinalizer(Strs.pointer('nobodys'), 'busy');
    await stage.state.teardown(Ints.pointer('one'));
    await stage.shows('extras', undefined);
    await within(10_000, 'it is to go', stage.state.watchFor(Strs.pointer('nobodys'), { phases: ['tearing-down'] }));
    expect((await stage.state.get(Ints.pointer('one'))).metadata.finalizers).toEqual([NAME]);
    await stage.state.removeFinalizer(Strs.pointer('nobodys'), 'busy');
    await within(10_000, 'it goes', stage.state.teardownAndDestroy(Ints.pointer('one')));
    expect((await stage.state.list(STRS)).map(({ metadata }) => metadata.id)).toEqual(['theirs']);
  });

  test('with several handlers does one after the other, and keeps on where one fails', async () => {
    const said: string[] = [];
    let isBroken = true;
    const say = (what: string): CleanupHandler<Int> => ({
      inputs: [],
      outputs: [],
      release: async () => {
        said.push(what);
        if (what === 'first' && isBroken) throw new Error('broken');
      },
    });
    await using stage = await withInput(combineHandlers(say('first'), hasNoOutputs(STRS, ofIt), say('last')));
    await stage.state.create(Strs.make({ id: 'a', spec: { text: '' }, labels: { of: 'one' } }));
    await stage.state.teardown(Ints.pointer('one'));
    await until('it failed', () => stage.runtime.counts()[NAME]?.crashes !== 0);
    expect(said).not.toContain('last');
    isBroken = false;
    await stage.state.destroy(Strs.pointer('a'));
    await within(10_000, 'it goes', stage.state.teardownAndDestroy(Ints.pointer('one')));
    expect(said.at(-1)).toBe('last');
  });

  test('merges what several handlers declare, and refuses what does not go together', () => {
    const { inputs, outputs } = combineHandlers<Int>(
      removeOutputs(STRS, ofIt),
      removeOutputs(STRS, ofIt, { extraOwners: ['x'] }),
      hasNoOutputs(OTHERS, ofIt),
    );
    expect(inputs).toEqual([
      { ...STRS, kind: 'destroy-ready' },
      { ...OTHERS, kind: 'weak' },
    ]);
    expect(outputs).toEqual([{ type: Strs.type, kind: 'shared' }]);
    expect(() => combineHandlers<Int>(removeOutputs(STRS, ofIt), hasNoOutputs(STRS, ofIt))).toThrow(TypeError);
  });
});
