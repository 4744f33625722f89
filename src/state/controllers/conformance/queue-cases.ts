/** Controllers that are asked for one resource after the other. */
import assert from 'node:assert/strict';

import { RequeueError, SkipReconcile } from '../controller.ts';
import { type ControllerCase, eventually, inTime, Scene, wait } from './case.ts';
import { queuedIntToStr } from './controllers.ts';

/** A reconcile that is not given up takes so long, milliseconds. */
const LONG_MS = 60_000;

export const queueCases: readonly ControllerCase[] = [
  {
    name: 'QIntToStr: what was there and what comes is mapped, and waits for others before it goes; hooks run beside and at the end',
    run: async (stage) => {
      const said: string[] = [];
      {
        await using scene = new Scene(stage);
        const { state, ints, strs } = scene;
        for (const value of [1, 2, 3]) await scene.set(`n${value}`, value);
        scene.runtime.registerQueue(
          queuedIntToStr(scene, {
            concurrency: 4,
            run: async ({ signal }) => {
              said.push('run');
              if (said.length === 1) throw new Error('failed');
              await wait(LONG_MS, signal);
            },
            shutdown: () => void said.push('shutdown'),
          }),
        );
        scene.start();
        for (const value of [1, 2, 3]) await scene.shows(`n${value}`, String(value));
        await scene.set('n4', 4);
        await scene.shows('n4', '4');
        await scene.set('n1', 11);
        await scene.shows('n1', '11');
        await inTime(state.teardownAndDestroy(ints.pointer('n2')), 'the end of a source');
        await scene.shows('n2', undefined);
        await state.addFinalizer(strs.pointer('n3'), 'other');
        assert.equal(await state.teardown(ints.pointer('n3')), false);
        await inTime(state.watchFor(strs.pointer('n3'), { phases: ['tearing-down'] }), 'the teardown of the output');
        assert.equal((await state.get(ints.pointer('n3'))).metadata.finalizers.length, 1);
        await state.removeFinalizer(strs.pointer('n3'), 'other');
        await inTime(state.teardownAndDestroy(ints.pointer('n3')), 'the end of the other source');
        await eventually('the hook runs again', () => said.length === 2);
      }
      assert.deepEqual(said, ['run', 'run', 'shutdown']);
    },
  },
  {
    name: 'QFailing: what fails, panics, waits or is skipped keeps nobody up, and comes right when its source does',
    run: async (stage) => {
      await using scene = new Scene(stage);
      const BAD = 0;
      const plain = queuedIntToStr(scene);
      let waits = 0;
      scene.runtime.registerQueue({
        ...plain,
        reconcile: async (pointer, context) => {
          const found = await context.state.find(pointer);
          if (found !== undefined && scene.ints.read(found).spec.value === BAD) {
            if (pointer.id === 'error') throw new Error('failed');
            if (pointer.id === 'panic') throw new TypeError('panic');
            if (pointer.id === 'requeue-error') throw new RequeueError(20, new Error('soon'));
            if (pointer.id === 'skip') throw new SkipReconcile('nothing to do');
            waits += 1;
            return { requeueAfterMs: 20 };
          }
          return await plain.reconcile(pointer, context);
        },
      });
      scene.start();
      const bad = ['error', 'panic', 'requeue', 'requeue-error', 'skip'];
      for (const id of bad) await scene.set(id, BAD);
      await scene.set('good', 1);
      await scene.shows('good', '1');
      await eventually('one was asked for again', () => waits > 1);
      await eventually('one failed again', () => (scene.runtime.counts()['QIntToStr']?.crashes ?? 0) >= 4);
      assert.equal(scene.runtime.counts()['QIntToStr']?.skips, 1);
      for (const id of bad) await scene.set(id, 2);
      for (const id of bad) await scene.shows(id, '2');
    },
  },
  {
    name: 'QIntToStrSleeping: one at a time holds up the others; when its resource is to go it is given up, and they go on',
    run: async (stage) => {
      await using scene = new Scene(stage);
      const { state, ints } = scene;
      const asleep = Promise.withResolvers<undefined>();
      const plain = queuedIntToStr(scene, { concurrency: 1 });
      scene.runtime.registerQueue({
        ...plain,
        reconcile: async (pointer, context) => {
          await plain.reconcile(pointer, context);
          const found = await context.state.find(pointer);
          if (found?.metadata.phase !== 'running' || pointer.id !== 'sleeper') return;
          using teardown = context.state.teardownSignal(pointer);
          asleep.resolve(undefined);
          await wait(LONG_MS, AbortSignal.any([teardown.signal, context.signal]));
        },
      });
      scene.start();
      await scene.set('sleeper', 1);
      await inTime(asleep.promise, 'the long one');
      await scene.set('other', 2);
      await eventually('the other waits', () => scene.runtime.counts()['QIntToStr']?.queueLength !== 0);
      assert.equal(await state.find(scene.strs.pointer('other')), undefined);
      await inTime(state.teardownAndDestroy(ints.pointer('sleeper')), 'the end of the long one');
      await scene.shows('other', '2');
      assert.equal(scene.runtime.counts()['QIntToStr']?.crashes, 0);
    },
  },
];
