/** Reading and writing. */
import assert from 'node:assert/strict';

import type { LabelTerm } from '../label-query.ts';
import { pointerOf, type Resource } from '../resource.ts';
import { isConflict, isStateError } from '../state-error.ts';
import { type ConformanceCase, conflicts, ids, inTime, path, pathPointer, PATHS, refused, type Stage } from './case.ts';

function kindOf({ namespace }: Stage): { readonly namespace: string; readonly type: string } {
  return { namespace, type: PATHS };
}

export const storeCases: readonly ConformanceCase[] = [
  {
    name: 'CRD: what is created is got, listed by id, torn down, destroyed and created again',
    run: async (stage) => {
      const { state } = stage;
      const [one, two] = [path(stage, 'var/run'), path(stage, 'var/lib')];
      await refused(state.get(pointerOf(one)), 'not-found');
      assert.deepEqual(await state.list(kindOf(stage)), []);
      const created = await state.create(one);
      assert.equal(created.metadata.version, 1);
      await state.create(two);
      for (const resource of [one, two]) {
        assert.equal((await state.get(pointerOf(resource))).metadata.id, resource.metadata.id);
      }
      assert.deepEqual(ids(await state.list(kindOf(stage))), ['var/lib', 'var/run']);
      await refused(state.create(one), 'already-exists');
      assert.equal(await state.teardown(pointerOf(one)), true);
      await state.destroy(pointerOf(one));
      await refused(state.teardown(pointerOf(one)), 'not-found');
      await refused(state.destroy(pointerOf(one)), 'not-found');
      await refused(state.get(pointerOf(one)), 'not-found');
      assert.deepEqual(ids(await state.list(kindOf(stage))), ['var/lib']);
      assert.equal(await state.teardown(pointerOf(two)), true);
      const again = await state.create(created);
      assert.equal(again.metadata.version, 1);
      assert.notEqual(again.metadata.uid, created.metadata.uid);
    },
  },
  {
    name: 'CRDWithOwners: only the owner updates, tears down and destroys; finalizers need no owner',
    run: async (stage) => {
      const { state } = stage;
      const pointer = pathPointer(stage, 'owned');
      const created = await state.create(path(stage, 'owned'), { owner: 'owner1' });
      assert.equal(created.metadata.owner, 'owner1');
      assert.equal((await state.get(pointer)).metadata.owner, 'owner1');
      await refused(state.update(created), 'owner-conflict');
      await refused(state.update(created, { owner: 'owner2' }), 'owner-conflict');
      await state.update(created, { owner: 'owner1' });
      await refused(state.teardown(pointer), 'owner-conflict');
      await refused(state.teardown(pointer, { owner: 'owner2' }), 'owner-conflict');
      await state.addFinalizer(pointer, 'A');
      await state.removeFinalizer(pointer, 'A');
      assert.equal(await state.teardown(pointer, { owner: 'owner1' }), true);
      await conflicts(state.destroy(pointer));
      await refused(state.destroy(pointer, { owner: 'owner2' }), 'owner-conflict');
      await state.destroy(pointer, { owner: 'owner1' });
      await refused(state.create(created, { owner: 'owner2' }), 'bad-request');
    },
  },
  {
    name: 'ConcurrentFinalizers: finalizers added and removed at once are all there, or all gone',
    run: async (stage) => {
      const { state } = stage;
      const pointer = pathPointer(stage, 'busy');
      await state.create(path(stage, 'busy', { finalizers: ['A', 'B', 'C'] }));
      await Promise.all([
        ...Array.from('ABCDEFGH').map((name) => state.addFinalizer(pointer, name)),
        ...Array.from('ABC').map((name) => state.removeFinalizer(pointer, name)),
      ]);
      const { metadata } = await state.removeFinalizer(pointer, 'A', 'B', 'C');
      assert.deepEqual([...metadata.finalizers].sort(), Array.from('DEFGH'));
    },
  },
  {
    name: 'ContextWithTeardown: a signal fires for what is missing, goes or is destroyed, and only for that',
    run: async (stage) => {
      const { state } = stage;
      using missing = state.teardownSignal(pathPointer(stage, 'missing'));
      await fired(missing.signal);
      await state.create(path(stage, 'one'));
      await state.create(path(stage, 'two'));
      using one = state.teardownSignal(pathPointer(stage, 'one'));
      using two = state.teardownSignal(pathPointer(stage, 'two'));
      await state.destroy(pathPointer(stage, 'one'));
      await fired(one.signal);
      assert.equal(two.signal.aborted, false);
      await state.teardown(pathPointer(stage, 'two'));
      await fired(two.signal);
    },
  },
  {
    name: 'IDQuery: an expression chooses ids',
    run: async (stage) => {
      const { state } = stage;
      for (let at = 0; at < 10; at += 1) await state.create(path(stage, `idquery/path-${at}`));
      const found = await state.list(kindOf(stage), { id: '^idquery/.+[2-4]$' });
      assert.deepEqual(ids(found), ['idquery/path-2', 'idquery/path-3', 'idquery/path-4']);
      await refused(state.list(kindOf(stage), { id: '(' }), 'bad-request');
    },
  },
  {
    name: 'Labels: queries by existence, equality, sets, order and numbers, and of several queries any',
    run: async (stage) => {
      const { state } = stage;
      await state.create(path(stage, 'a', { labels: { app: 'app1', frozen: '', weight: '10kg' } }));
      await state.create(path(stage, 'b', { labels: { app: 'app2', weight: '20kg' } }));
      await state.create(path(stage, 'c', { labels: { app: 'app3' } }));
      const asked = async (...queries: readonly (readonly LabelTerm[])[]): Promise<string> =>
        ids(await state.list(kindOf(stage), { labels: queries })).join('');
      const exists = { key: 'frozen', operation: 'exists' } as const;
      assert.equal(await asked([exists]), 'a');
      assert.equal(await asked([{ ...exists, invert: true }]), 'bc');
      assert.equal(await asked([exists, { key: 'app', operation: 'equal', values: ['app1'] }]), 'a');
      assert.equal(await asked([exists, { key: 'app', operation: 'equal', values: ['app2'] }]), '');
      assert.equal(await asked([{ key: 'app', operation: 'in', values: ['app1', 'app3'] }]), 'ac');
      assert.equal(await asked([{ key: 'weight', operation: 'lt-numeric', values: ['12000'] }]), 'a');
      assert.equal(await asked([{ key: 'weight', operation: 'lte-numeric', values: ['20000'] }]), 'ab');
      assert.equal(await asked([{ key: 'app', operation: 'lte', values: ['app2'] }]), 'ab');
      assert.equal(await asked([{ key: 'app', operation: 'lt', values: ['app2'] }]), 'a');
      assert.equal(await asked([{ key: 'weight', operation: 'lt', values: ['2'], invert: true }]), 'b');
      assert.equal(await asked([{ key: 'app', operation: 'equal', values: ['app3'] }], [exists]), 'ac');
      assert.deepEqual((await state.get(pathPointer(stage, 'a'))).metadata.labels, {
        app: 'app1',
        frozen: '',
        weight: '10kg',
      });
    },
  },
  {
    name: 'Modify: creates what is missing, changes what is there, and keeps off what is to go',
    run: async (stage) => {
      const { state } = stage;
      const initial = path(stage, 'modified');
      const created = await state.modify(initial, ({ labels }) => void (labels['foo'] = 'bar'));
      assert.equal(created.metadata.labels['foo'], 'bar');
      assert.equal(created.metadata.owner, '');
      const changed = await state.modify(initial, ({ labels }) => {
        delete labels['foo'];
      });
      assert.deepEqual(changed.metadata.labels, {});
      const reason = new Error('no');
      const fail = (): never => {
        throw reason;
      };
      await assert.rejects(state.modify(initial, fail), (error) => error === reason);
      await state.teardown(pointerOf(initial));
      const put = ({ labels }: { labels: Record<string, string> }): void => void (labels['x'] = 'y');
      await refused(state.modify(initial, put), 'phase-conflict');
      const last = await state.modify(initial, put, { expectedPhase: 'any' });
      assert.equal(last.metadata.phase, 'tearing-down');
      assert.equal(last.metadata.labels['x'], 'y');
    },
  },
  {
    name: 'ModifyWithOwner: what is created belongs to the owner, who alone changes it',
    run: async (stage) => {
      const { state } = stage;
      const initial = path(stage, 'modified-owned');
      const set =
        (value: string) =>
        ({ labels }: { labels: Record<string, string> }) =>
          void (labels['k'] = value);
      assert.equal((await state.modify(initial, set('1'), { owner: 'owner' })).metadata.owner, 'owner');
      await state.modify(initial, set('2'), { owner: 'owner' });
      await refused(state.modify(initial, set('3')), 'owner-conflict');
    },
  },
  {
    name: 'ParallelDestroy: of ten that destroy at once each succeeds or finds nothing',
    run: async (stage) => {
      const { state } = stage;
      await state.create(path(stage, 'contested'));
      const ends = await Promise.allSettled(
        Array.from({ length: 10 }, () => state.destroy(pathPointer(stage, 'contested'))),
      );
      for (const end of ends) assert.ok(end.status === 'fulfilled' || isStateError(end.reason, 'not-found'));
      assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1);
    },
  },
  {
    name: 'TeardownAndDestroy: waits for the finalizers of others',
    run: async (stage) => {
      const { state } = stage;
      const pointer = pathPointer(stage, 'held');
      await state.create(path(stage, 'held', { finalizers: ['other'] }));
      using watch = state.watchKind(kindOf(stage));
      const other = (async () => {
        for await (const event of watch) {
          if (event.type !== 'updated' || event.resource.metadata.phase !== 'tearing-down') continue;
          await state.removeFinalizer(pointer, 'other');
          return;
        }
      })();
      await inTime(state.teardownAndDestroy(pointer), 'the end of teardownAndDestroy');
      await other;
      await refused(state.get(pointer), 'not-found');
    },
  },
  {
    name: 'TeardownAndDestroyRacyDestroy: of ten at once each succeeds, finds nothing or meets another',
    run: async (stage) => {
      const { state } = stage;
      await state.create(path(stage, 'racy'));
      const ends = await inTime(
        Promise.allSettled(Array.from({ length: 10 }, () => state.teardownAndDestroy(pathPointer(stage, 'racy')))),
        'ten ends of teardownAndDestroy',
      );
      for (const end of ends) {
        assert.ok(end.status === 'fulfilled' || isStateError(end.reason, 'not-found') || isConflict(end.reason));
      }
    },
  },
  {
    name: 'TeardownDestroy: nothing is destroyed while somebody has something to do with it',
    run: async (stage) => {
      const { state } = stage;
      const pointer = pathPointer(stage, 'finalized');
      await state.create(path(stage, 'finalized'));
      await state.addFinalizer(pointer, 'A');
      await refused(state.destroy(pointer), 'pending-finalizers');
      assert.equal(await state.teardown(pointer), false);
      assert.equal(await state.teardown(pointer), false);
      await refused(state.destroy(pointer), 'pending-finalizers');
      await state.removeFinalizer(pointer, 'A');
      assert.equal(await state.teardown(pointer), true);
      await state.destroy(pointer);
    },
  },
  {
    name: 'Update: needs the version that is stored, and the phase that is expected',
    run: async (stage) => {
      const { state } = stage;
      const pointer = pathPointer(stage, 'versioned');
      await refused(state.update(path(stage, 'versioned')), 'not-found');
      const first = await state.create(path(stage, 'versioned'));
      const second = await state.update(first);
      assert.equal(second.metadata.version, 2);
      assert.equal(second.metadata.created, first.metadata.created);
      await refused(state.update(first), 'version-conflict');
      await refused(state.update(withVersion(second, 7)), 'version-conflict');
      const third = await state.update(second);
      await state.teardown(pointer);
      const going = await state.get(pointer);
      await refused(state.update(going), 'phase-conflict');
      await state.update(going, { expectedPhase: 'tearing-down' });
      assert.equal(third.metadata.version, 3);
    },
  },
  {
    name: 'UpdateWithConflicts: returns the changed one and leaves the given one alone; no change writes nothing',
    run: async (stage) => {
      const { state } = stage;
      const pointer = pathPointer(stage, 'changed');
      const created = await state.create(path(stage, 'changed'));
      const changed = await state.updateWithConflicts(pointer, ({ labels }) => void (labels['foo'] = 'bar'));
      assert.equal(changed.metadata.labels['foo'], 'bar');
      assert.deepEqual(created.metadata.labels, {});
      const same = await state.updateWithConflicts(pointer, ({ labels }) => void (labels['foo'] = 'bar'));
      assert.equal(same.metadata.version, changed.metadata.version);
    },
  },
  {
    name: 'UpdateWithConflicts: twenty at once lose no change',
    run: async (stage) => {
      const { state } = stage;
      const pointer = pathPointer(stage, 'crowded');
      await state.create(path(stage, 'crowded'));
      const names = Array.from({ length: 20 }, (_, at) => `label-${at}`);
      await Promise.all(
        names.map((name) => state.updateWithConflicts(pointer, ({ labels }) => void (labels[name] = name))),
      );
      const { metadata } = await state.get(pointer);
      assert.deepEqual(Object.keys(metadata.labels).sort(), names.sort());
      assert.equal(metadata.version, 21);
    },
  },
];

function withVersion(resource: Resource, version: number): Resource {
  return { ...resource, metadata: { ...resource.metadata, version } };
}

async function fired(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await inTime(
    new Promise((resolve) => {
      signal.addEventListener('abort', resolve, { once: true });
    }),
    'the signal',
  );
}
