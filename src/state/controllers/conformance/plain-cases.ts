/** Controllers that look at everything when something changed. */
import assert from 'node:assert/strict';

import { isStateError } from '../../state-error.ts';
import type { Controller } from '../controller.ts';
import { type ControllerCase, eventually, inTime, kindOf, onEach, Scene } from './case.ts';
import { intToStr, strToSentence, sum } from './controllers.ts';

export const plainCases: readonly ControllerCase[] = [
  {
    name: 'NoControllers: the runtime starts, and stops',
    run: async (stage) => {
      await using scene = new Scene(stage);
      scene.start();
      await assert.rejects(scene.runtime.run(new AbortController().signal), TypeError);
    },
  },
  {
    name: 'IntToStr: what was there and what comes is mapped, follows its source, and goes before it',
    run: async (stage) => {
      await using scene = new Scene(stage);
      const { state, ints } = scene;
      scene.runtime.register(intToStr(scene));
      await scene.set('before', 1);
      scene.start();
      await scene.shows('before', '1');
      await scene.set('after', 2);
      await scene.shows('after', '2');
      await scene.set('after', 3);
      await scene.shows('after', '3');
      assert.equal(await state.teardown(ints.pointer('after')), false);
      await scene.shows('after', undefined);
      await inTime(state.teardownAndDestroy(ints.pointer('after')), 'the end of the source');
      await scene.shows('before', '1');
    },
  },
  {
    name: 'IntToStrToSentence: of two in a chain the second says what it reads when it runs; what goes, goes from its end',
    run: async (stage) => {
      await using scene = new Scene(stage);
      const { state, ints, strs, sentences } = scene;
      scene.runtime.register(intToStr(scene));
      scene.runtime.register(strToSentence(scene));
      await scene.set('one', 1);
      scene.start();
      await scene.set('two', 2);
      for (const [id, text] of [['one', '1'] as const, ['two', '2'] as const]) {
        await scene.shows(id, `${text} sentence`, { strs: sentences });
        assert.deepEqual((await state.get(sentences.pointer(id))).metadata.labels, { of: text });
      }
      await scene.set('one', 11);
      await scene.shows('one', '11 sentence', { strs: sentences });
      await inTime(state.teardownAndDestroy(ints.pointer('one')), 'the end of the source');
      assert.equal(await state.find(strs.pointer('one')), undefined);
      assert.equal(await state.find(sentences.pointer('one')), undefined);
      await scene.shows('two', '2 sentence', { strs: sentences });
    },
  },
  {
    name: 'SumControllers: a sum is there without numbers, and right after each that comes or goes',
    run: async (stage) => {
      await using scene = new Scene(stage);
      scene.runtime.register(sum(scene, 'sum', (state) => state.list(kindOf(scene.ints))));
      scene.start();
      await scene.shows('sum', '0');
      await scene.set('one', 1);
      await scene.shows('sum', '1');
      await scene.set('two', 2);
      await scene.shows('sum', '3');
      await scene.state.destroy(scene.ints.pointer('one'));
      await scene.shows('sum', '2');
    },
  },
  {
    name: 'SumControllersFiltered: a query chooses what is added up',
    run: async (stage) => {
      await using scene = new Scene(stage);
      const of = (which: string) => ({
        labels: [
          [
            { key: 'counts', operation: 'exists' } as const,
            { key: 'which', operation: 'equal', values: [which] } as const,
          ],
        ],
      });
      for (const which of ['odd', 'even']) {
        scene.runtime.register(sum(scene, which, (state) => state.list(kindOf(scene.ints), of(which))));
      }
      scene.start();
      for (const value of [1, 2, 3, 4]) {
        await scene.set(`n${value}`, value, { counts: '', which: value % 2 === 0 ? 'even' : 'odd' });
      }
      await scene.set('n5', 5, { which: 'odd' });
      await scene.shows('odd', '4');
      await scene.shows('even', '6');
    },
  },
  {
    name: 'CascadingSum: several write one type, each its own, and begin when everything runs',
    run: async (stage) => {
      await using scene = new Scene(stage);
      const { ints, strs } = scene;
      scene.start();
      await scene.set('one', 1);
      await scene.set('two', 2);
      const [all, labelled] = [{}, { labels: [[{ key: 'also', operation: 'exists' } as const]] }];
      scene.runtime.register(sum(scene, 'all', (state) => state.list(kindOf(ints), all)));
      scene.runtime.register(sum(scene, 'labelled', (state) => state.list(kindOf(ints), labelled)));
      scene.runtime.register({
        name: 'Cascading',
        inputs: [{ ...kindOf(strs), kind: 'weak' }],
        outputs: [{ type: strs.type, kind: 'shared' }],
        run: async ({ events, state }) => {
          await onEach(events, async () => {
            const found = await state.list(kindOf(strs), { id: '^(all|labelled)$' });
            const total = found.reduce((sofar, text) => sofar + Number(strs.read(text).spec.text), 0);
            await state.modify(strs.make({ id: 'cascading', spec: { text: '' } }), (draft) => {
              draft.spec.text = String(total);
            });
          });
        },
      });
      await scene.shows('cascading', '3');
      await scene.set('three', 3, { also: '' });
      await scene.shows('cascading', '9');
    },
  },
  failing('FailingController', () => {
    throw new Error('failed');
  }),
  failing('PanickingController', () => {
    // What nobody foresaw is a failure like any other.
    throw new TypeError('panic');
  }),
  {
    name: 'IntDoubler: outputs that were not written again go',
    run: async (stage) => {
      await using scene = new Scene(stage);
      const { ints, strs } = scene;
      scene.runtime.register({
        name: 'IntDoubler',
        inputs: [{ ...kindOf(ints), kind: 'weak' }],
        outputs: [{ type: strs.type, kind: 'exclusive' }],
        run: async ({ events, state }) => {
          await onEach(events, async () => {
            state.trackOutputs();
            for (const found of await state.list(kindOf(ints))) {
              await state.modify(strs.make({ id: found.metadata.id, spec: { text: '' } }), (draft) => {
                draft.spec.text = String(ints.read(found).spec.value * 2);
              });
            }
            await state.cleanUpOutputs(kindOf(strs));
          });
        },
      });
      await scene.set('one', 1);
      await scene.set('two', 2);
      scene.start();
      await scene.shows('one', '2');
      await scene.shows('two', '4');
      await scene.state.destroy(ints.pointer('one'));
      await scene.shows('one', undefined);
      await scene.shows('two', '4');
    },
  },
  {
    name: 'ModifyWithResult: what was written is given back, created and changed',
    run: async (stage) => {
      await using scene = new Scene(stage);
      const { ints, strs } = scene;
      const given: string[] = [];
      scene.runtime.register({
        name: 'Modifier',
        inputs: [{ ...kindOf(ints), kind: 'weak' }],
        outputs: [{ type: strs.type, kind: 'exclusive' }],
        run: async ({ events, state }) => {
          await onEach(events, async () => {
            for (const found of await state.list(kindOf(ints))) {
              const { metadata, spec } = await state.modify(
                strs.make({ id: found.metadata.id, spec: { text: '' } }),
                (draft) => {
                  draft.spec.text = String(ints.read(found).spec.value);
                },
              );
              given.push(`${metadata.id}@${metadata.version} of ${metadata.owner}: ${spec.text}`);
            }
          });
        },
      });
      scene.start();
      await scene.set('one', 1);
      await scene.shows('one', '1');
      await scene.set('one', 2);
      await eventually('both are given', () => given.includes('one@2 of Modifier: 2'));
      assert.equal(given[0], 'one@1 of Modifier: 1');
    },
  },
  {
    name: 'ControllerRuntimeMetrics: events, reads, writes and failures are counted; what the cache answers is no read',
    run: async (stage) => {
      await using scene = new Scene(stage);
      const { ints, strs, isCached } = scene;
      const counts = () => scene.runtime.counts()['Metrics'];
      const begun = Promise.withResolvers<undefined>();
      const metrics: Controller = {
        name: 'Metrics',
        inputs: [{ ...kindOf(ints), kind: 'weak' }],
        outputs: [{ type: strs.type, kind: 'exclusive' }],
        run: async ({ events, state }) => {
          await onEach(events, async () => {
            if ((await state.list(kindOf(ints))).length > 0) throw new Error('there is one');
            await state.findUncached(strs.pointer('none'));
            await state.create(strs.make({ id: 'made', spec: { text: 'made' } }));
            await assert.rejects(state.destroy(strs.pointer('none')), (error) => isStateError(error, 'not-found'));
            begun.resolve(undefined);
          });
        },
      };
      scene.runtime.register(metrics);
      assert.equal(counts()?.wakeups, 0);
      scene.start();
      await inTime(begun.promise, 'the first event');
      const { wakeups, reads, writes, crashes } = counts() ?? {};
      assert.deepEqual(
        { wakeups, reads, writes, crashes },
        { wakeups: 1, reads: isCached ? 1 : 2, writes: 2, crashes: 0 },
      );
      await scene.set('one', 1);
      await eventually('it failed', () => counts()?.crashes === 1);
      assert.equal(counts()?.wakeups, 2);
      assert.equal(counts()?.reads, isCached ? 1 : 3);
    },
  },
];

function failing(name: string, fail: () => never): ControllerCase {
  return {
    name: `${name}: what fails is run again after a while`,
    run: async (stage) => {
      await using scene = new Scene(stage);
      const { strs } = scene;
      let runs = 0;
      scene.runtime.register({
        name,
        inputs: [],
        outputs: [{ type: strs.type, kind: 'exclusive' }],
        run: async ({ state }) => {
          runs += 1;
          const made = strs.make({ id: `run-${runs}`, spec: { text: String(runs) } });
          await state.create(made);
          if (runs < 3) fail();
        },
      });
      scene.start();
      for (const run of ['1', '2', '3']) await scene.shows(`run-${run}`, run);
      assert.equal(scene.runtime.counts()[name]?.crashes, 2);
    },
  };
}
