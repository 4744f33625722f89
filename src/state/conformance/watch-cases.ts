/** Watching. */
import assert from 'node:assert/strict';

import type { WatchKindOptions } from '../backend.ts';
import type { Bookmark, StateEvent, Watch } from '../event.ts';
import { pointerOf, type Resource } from '../resource.ts';
import { systemClock } from '../../base/clock.ts';
import { inTime as answerInTime } from '../../base/in-time.ts';
import { isStateError } from '../state-error.ts';
import { type ConformanceCase, inTime, path, pathPointer, PATHS, type Stage, take, takeFlat } from './case.ts';

function kindOf({ namespace }: Stage): { readonly namespace: string; readonly type: string } {
  return { namespace, type: PATHS };
}

/** `type id@version`, for comparing. */
function said(event: StateEvent): string {
  if (event.type === 'bootstrapped' || event.type === 'noop') return event.type;
  const metadata = event.resource?.metadata;
  return `${event.type} ${metadata === undefined ? '-' : `${metadata.id}@${metadata.version}`}`;
}

function bookmarkOf(event: StateEvent | undefined): Bookmark {
  assert.ok(event?.bookmark !== undefined, `a bookmark stands behind ${event === undefined ? 'nothing' : said(event)}`);
  return event.bookmark;
}

/** Both ways of watching a kind, as one. */
const WAYS: readonly {
  readonly name: string;
  open(stage: Stage, options?: WatchKindOptions): { next(count: number): Promise<StateEvent[]> } & Disposable;
}[] = [
  {
    name: 'WatchKind',
    open: ({ state, namespace }, options) => {
      const watch: Watch = state.watchKind({ namespace, type: PATHS }, options);
      return {
        next: (count) => take(watch, count),
        [Symbol.dispose]: () => {
          watch.close();
        },
      };
    },
  },
  {
    name: 'WatchKindAggregated',
    open: ({ state, namespace }, options) => {
      const watch = state.watchKindAggregated({ namespace, type: PATHS }, options);
      return {
        next: (count) => takeFlat(watch, count),
        [Symbol.dispose]: () => {
          watch.close();
        },
      };
    },
  },
];

async function lifeOf(stage: Stage, id: string): Promise<void> {
  const { state } = stage;
  const pointer = pathPointer(stage, id);
  await state.create(path(stage, id));
  await state.updateWithConflicts(pointer, ({ labels }) => void (labels['step'] = '1'));
  await state.updateWithConflicts(pointer, ({ labels }) => void (labels['step'] = '2'));
  await state.teardown(pointer);
  await state.destroy(pointer);
}

const LIFE = ['created life@1', 'updated life@2', 'updated life@3', 'updated life@4', 'destroyed life@4'];

/** Whether the backend can begin in the past by number of events. */
async function canTail(stage: Stage): Promise<boolean> {
  try {
    using watch = stage.state.watchKind(kindOf(stage), { tail: 1 });
    await answerInTime(systemClock, 50, watch.next(), undefined);
    return true;
  } catch (error) {
    if (isStateError(error, 'unsupported')) return false;
    throw error;
  }
}

export const watchCases: readonly ConformanceCase[] = [
  {
    name: 'Watch: begins with what is there, and tells every change of it in order',
    run: async (stage) => {
      const { state } = stage;
      const pointer = pathPointer(stage, 'watched');
      using watch = state.watch(pointer);
      const [absent] = await take(watch, 1);
      assert.equal(absent?.type, 'destroyed');
      await state.create(path(stage, 'watched'));
      await state.create(path(stage, 'another'));
      await state.addFinalizer(pointer, 'A');
      await state.teardown(pointer);
      await state.removeFinalizer(pointer, 'A');
      await state.destroy(pointer);
      const events = await take(watch, 5);
      assert.deepEqual(events.map(said), [
        'created watched@1',
        'updated watched@2',
        'updated watched@3',
        'updated watched@4',
        'destroyed watched@4',
      ]);
      const torn = events[2];
      assert.ok(torn?.type === 'updated');
      assert.equal(torn.old.metadata.phase, 'running');
      assert.equal(torn.resource.metadata.phase, 'tearing-down');
      using present = state.watch(pathPointer(stage, 'another'));
      assert.deepEqual((await take(present, 1)).map(said), ['created another@1']);
    },
  },
  {
    name: 'WatchFor: resolves to the first event for which all that is asked holds',
    run: async (stage) => {
      const { state } = stage;
      const pointer = pathPointer(stage, 'awaited');
      const begun = state.watchFor(pointer, { events: ['created'] });
      const created = await state.create(path(stage, 'awaited'));
      assert.deepEqual((await inTime(begun, 'created')).metadata, created.metadata);
      await inTime(state.watchFor(pointer, { finalizersEmpty: true }), 'no finalizers');
      const going = state.watchFor(pointer, { phases: ['tearing-down'] });
      await state.addFinalizer(pointer, 'A');
      await state.teardown(pointer);
      assert.equal((await inTime(going, 'the teardown')).metadata.phase, 'tearing-down');
      const gone = state.watchFor(pointer, { events: ['destroyed'] });
      await state.removeFinalizer(pointer, 'A');
      await state.destroy(pointer);
      await inTime(gone, 'the end');
      const asked = new AbortController();
      const never = state.watchFor(pointer, { events: ['created'] }, { signal: asked.signal });
      asked.abort(new Error('enough'));
      await assert.rejects(never, /enough/);
    },
  },
  ...WAYS.flatMap((way): ConformanceCase[] => [
    {
      name: `${way.name}: tells no contents unless asked, then each change; with contents, these by id and their end`,
      run: async (stage) => {
        const { state } = stage;
        const first = await state.create(path(stage, 'one'));
        using watch = way.open(stage);
        await state.create(path(stage, 'two'));
        assert.deepEqual((await watch.next(1)).map(said), ['created two@1']);
        await state.teardown(pointerOf(first));
        await state.destroy(pointerOf(first));
        const [updated, destroyed] = await watch.next(2);
        assert.ok(updated?.type === 'updated');
        assert.equal(updated.old.metadata.version, 1);
        assert.equal(updated.resource.metadata.version, 2);
        assert.ok(destroyed?.type === 'destroyed');
        await state.create(path(stage, 'three'));
        using full = way.open(stage, { bootstrap: true });
        const contents = await full.next(3);
        assert.deepEqual(contents.map(said), ['created three@1', 'created two@1', 'bootstrapped']);
        await state.updateWithConflicts(pathPointer(stage, 'two'), ({ labels }) => void (labels['x'] = 'y'));
        assert.deepEqual((await full.next(1)).map(said), ['updated two@2']);
        assert.deepEqual((await watch.next(2)).map(said), ['created three@1', 'updated two@2']);
      },
    },
    {
      name: `${way.name}WithLabels: what comes to match is created, what ceases to is destroyed`,
      run: async (stage) => {
        const { state } = stage;
        const label = (id: string, app: string | undefined): Promise<Resource> =>
          state.updateWithConflicts(pathPointer(stage, id), ({ labels }) => {
            if (app === undefined) delete labels['app'];
            else labels['app'] = app;
          });
        await state.create(path(stage, 'a', { labels: { app: 'one' } }));
        await state.create(path(stage, 'b'));
        const is = (value: string) => [{ key: 'app', operation: 'equal', values: [value] }] as const;
        using one = way.open(stage, { bootstrap: true, labels: [is('one')] });
        using any = way.open(stage, { bootstrap: true, labels: [[{ key: 'app', operation: 'exists' }]] });
        using either = way.open(stage, { bootstrap: true, labels: [is('one'), is('two')] });
        for (const watch of [one, any, either]) {
          assert.deepEqual((await watch.next(2)).map(said), ['created a@1', 'bootstrapped']);
        }
        await label('b', 'two');
        await label('b', 'one');
        await label('a', 'three');
        await label('a', undefined);
        const [entered, left] = await one.next(2);
        assert.deepEqual(
          [entered, left].map((event) => event && said(event)),
          ['created b@3', 'destroyed a@2'],
        );
        assert.ok(entered !== undefined && !('old' in entered));
        assert.deepEqual((await any.next(4)).map(said), ['created b@2', 'updated b@3', 'updated a@2', 'destroyed a@3']);
        assert.deepEqual((await either.next(3)).map(said), ['created b@2', 'updated b@3', 'destroyed a@2']);
      },
    },
    {
      name: `${way.name}WithIDQuery: an expression chooses whose changes are told`,
      run: async (stage) => {
        const { state } = stage;
        const all = Array.from({ length: 10 }, (_, at) => `idquery/path-${at}`);
        for (const id of all) await state.create(path(stage, id));
        using watch = way.open(stage, { bootstrap: true, id: '^idquery/.+[2-4]$' });
        const contents = await watch.next(4);
        const ids = [2, 3, 4].map((at) => `idquery/path-${at}`);
        assert.deepEqual(contents.map(said), [...ids.map((id) => `created ${id}@1`), 'bootstrapped']);
        for (const id of all) await state.destroy(pathPointer(stage, id));
        assert.deepEqual(
          (await watch.next(3)).map(said),
          ids.map((id) => `destroyed ${id}@1`),
        );
      },
    },
    {
      name: `${way.name}WithTailEvents: begins with the newest events`,
      run: async (stage) => {
        if (!(await canTail(stage))) return;
        await lifeOf(stage, 'life');
        using watch = way.open(stage, { tail: 1_000 });
        assert.deepEqual((await watch.next(5)).map(said), LIFE);
        using two = way.open(stage, { tail: 2 });
        assert.deepEqual((await two.next(2)).map(said), LIFE.slice(-2));
      },
    },
    ...[true, false].map((bootstrap): ConformanceCase => ({
      name: `${way.name}WithBookmarks (${bootstrap ? 'contents' : 'no contents'}): goes on behind each bookmark`,
      run: async (stage) => {
        const { state } = stage;
        await state.create(path(stage, 'first'));
        using watch = way.open(stage, bootstrap ? { bootstrap } : { bootstrapBookmark: true });
        const beginning = await watch.next(bootstrap ? 2 : 1);
        for (const id of ['a', 'b', 'c']) await state.create(path(stage, id));
        await state.teardown(pathPointer(stage, 'b'));
        await state.destroy(pathPointer(stage, 'b'));
        const events = [...beginning.slice(-1), ...(await watch.next(5))];
        await state.create(path(stage, 'last'));
        for (const [at, event] of events.entries()) {
          using again = way.open(stage, { from: bookmarkOf(event) });
          const expected = [...events.slice(at + 1).map(said), 'created last@1'];
          assert.deepEqual((await again.next(expected.length)).map(said), expected);
        }
      },
    })),
  ]),
  {
    name: 'WatchWithBookmarks: the watch of one resource goes on behind each bookmark',
    run: async (stage) => {
      const { state } = stage;
      using watch = state.watch(pathPointer(stage, 'life'));
      await take(watch, 1);
      await lifeOf(stage, 'life');
      const events = await take(watch, 5);
      await state.create(path(stage, 'life'));
      for (const [at, event] of events.entries()) {
        using again = state.watch(pathPointer(stage, 'life'), { from: bookmarkOf(event) });
        const expected = [...events.slice(at + 1).map(said), 'created life@1'];
        assert.deepEqual((await take(again, expected.length)).map(said), expected);
      }
    },
  },
  {
    name: 'WatchWithTailEvents: the watch of one resource begins with its newest events',
    run: async (stage) => {
      if (!(await canTail(stage))) return;
      await lifeOf(stage, 'life');
      await stage.state.create(path(stage, 'another'));
      using watch = stage.state.watch(pathPointer(stage, 'life'), { tail: 1_000 });
      assert.deepEqual((await take(watch, 5)).map(said), LIFE);
    },
  },
  {
    name: 'WatchWithBadBookmark: a bookmark that is none, or of another life, is refused',
    run: async (stage) => {
      for (const from of [new Uint8Array(0), new Uint8Array(3), new Uint8Array(16).fill(7)]) {
        const begin = async (): Promise<unknown> => {
          using watch = stage.state.watchKind(kindOf(stage), { from });
          return await inTime(watch.next(), 'a refusal');
        };
        await assert.rejects(begin, (error) => isStateError(error, 'invalid-bookmark'));
      }
    },
  },
  {
    name: 'WatchFromTwoPlaces: the past by number and by bookmark at once is refused',
    run: async (stage) => {
      const begin = async (): Promise<unknown> => {
        using watch = stage.state.watchKind(kindOf(stage), { from: new Uint8Array(16), tail: 1 });
        return await inTime(watch.next(), 'a refusal');
      };
      await assert.rejects(begin, (error) => isStateError(error, 'bad-request'));
    },
  },
];
