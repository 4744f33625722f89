import { describe, expect, test } from 'vitest';

import { RequeueError, SkipReconcile } from '../../../../src/state/controllers/controller.ts';
import { mappers } from '../../../../src/state/controllers/generic/mappers.ts';
import {
  queueTransform,
  type QueueTransformOptions,
} from '../../../../src/state/controllers/generic/queue-transform.ts';
import type { Phase } from '../../../../src/state/resource.ts';
import { until } from '../../../harness/until.ts';
import { within } from '../../../harness/within.ts';
import { int, Ints, RuntimeStage, STRS, Strs } from '../stage.ts';

type Options = QueueTransformOptions<{ value: number }, { text: string }>;

const NAME = 'QIntToStr';
const OTHERS = { namespace: 'others', type: Ints.type };

function intToStr(more: Partial<Options> = {}): Options {
  return {
    name: NAME,
    input: Ints,
    output: Strs,
    concurrency: 2,
    transform: ({ spec }) => ({ spec: { text: String(spec.value) } }),
    ...more,
  };
}

function running(more: Partial<Options> = {}): RuntimeStage {
  const stage = new RuntimeStage('by the log', { random: () => 1 });
  stage.runtime.registerQueue(queueTransform(intToStr(more)));
  stage.start();
  return stage;
}

async function phaseOf(stage: RuntimeStage, phase: Phase): Promise<void> {
  await within(10_000, `it is ${phase}`, stage.state.watchFor(Strs.pointer('one'), { phases: [phase] }));
}

describe('queueTransform()', () => {
  test('makes an output of each input, puts its name on it, and follows it', async () => {
    await using stage = running();
    await stage.set('one', 1);
    await stage.shows('one', '1');
    expect((await stage.state.get(Ints.pointer('one'))).metadata.finalizers).toEqual([NAME]);
    await stage.set('one', 2);
    await stage.shows('one', '2');
  });

  test('takes the output away before the input goes, and asks before that', async () => {
    let isHeld = true;
    await using stage = running({
      release: () => {
        if (isHeld) throw new Error('held');
      },
    });
    await stage.set('one', 1);
    await stage.shows('one', '1');
    expect(await stage.state.teardown(Ints.pointer('one'))).toBe(false);
    await until('it was held', () => stage.runtime.counts()[NAME]?.crashes !== 0);
    await stage.shows('one', '1');
    isHeld = false;
    await within(10_000, 'it goes', stage.state.teardownAndDestroy(Ints.pointer('one')));
    await stage.shows('one', undefined);
  });

  test('waits for those who have something to do with an output', async () => {
    await using stage = running();
    await stage.set('one', 1);
    await stage.shows('one', '1');
    await stage.state.addFinalizer(Strs.pointer('one'), 'other');
    await stage.state.teardown(Ints.pointer('one'));
    await phaseOf(stage, 'tearing-down');
    expect((await stage.state.get(Ints.pointer('one'))).metadata.finalizers).toEqual([NAME]);
    await stage.state.removeFinalizer(Strs.pointer('one'), 'other');
    await within(10_000, 'it goes', stage.state.teardownAndDestroy(Ints.pointer('one')));
  });

  test('makes a fresh output where one was to go', async () => {
    await using stage = running();
    await stage.set('one', 1);
    await stage.shows('one', '1');
    const { uid } = (await stage.state.get(Strs.pointer('one'))).metadata;
    await stage.state.addFinalizer(Strs.pointer('one'), 'other');
    await stage.state.teardown(Strs.pointer('one'), { owner: NAME });
    await stage.set('one', 2);
    await stage.shows('one', '1');
    await stage.state.removeFinalizer(Strs.pointer('one'), 'other');
    await stage.shows('one', '2');
    expect((await stage.state.get(Strs.pointer('one'))).metadata.uid).not.toBe(uid);
  });

  test('tries again what failed, keeps nobody up, and says nothing of what it skips', async () => {
    await using stage = running({
      transform: ({ metadata, spec }) => {
        if (spec.value === 0 && metadata.id === 'skip') throw new SkipReconcile('zero');
        if (spec.value === 0) throw new Error('zero');
        return { spec: { text: String(spec.value) } };
      },
    });
    await stage.set('bad', 0);
    await stage.set('skip', 0);
    await stage.set('good', 1);
    await stage.shows('good', '1');
    await until('one failed and one was skipped', () => {
      const counts = stage.runtime.counts()[NAME];
      return counts !== undefined && counts.crashes > 0 && counts.skips > 0;
    });
    await stage.set('bad', 2);
    await stage.set('skip', 2);
    await stage.shows('bad', '2');
    await stage.shows('skip', '2');
  });

  test('takes an output away that is not to be any more, and makes it again', async () => {
    await using stage = running({
      transform: ({ spec }) => (spec.value < 0 ? undefined : { spec: { text: String(spec.value) } }),
    });
    await stage.set('one', 1);
    await stage.shows('one', '1');
    await stage.state.addFinalizer(Strs.pointer('one'), 'other');
    await stage.set('one', -1);
    await phaseOf(stage, 'tearing-down');
    await stage.state.removeFinalizer(Strs.pointer('one'), 'other');
    await stage.shows('one', undefined);
    await stage.set('one', 2);
    await stage.shows('one', '2');
  });

  test('asked to be asked again, writes what it has and comes back; with a failure, it writes nothing', async () => {
    let [written, failed] = [0, 0];
    await using stage = running({
      transform: ({ metadata }) => {
        if (metadata.id === 'fails') {
          failed += 1;
          if (failed < 3) throw new RequeueError(5, new Error('not yet'));
          return { spec: { text: 'made' } };
        }
        written += 1;
        return { spec: { text: String(Math.min(written, 3)) }, ...(written < 3 && { requeueAfterMs: 5 }) };
      },
    });
    const texts: string[] = [];
    using watch = stage.state.watchKind(STRS);
    await stage.set('comes-back', 1);
    await stage.shows('comes-back', '3');
    await stage.set('fails', 1);
    await stage.shows('fails', 'made');
    while (texts.length < 4) {
      const { value } = await within(10_000, 'an event', watch.next());
      if (value !== undefined && 'resource' in value) texts.push(Strs.read(value.resource).spec.text);
    }
    expect(texts).toEqual(['1', '2', '3', 'made']);
    expect(stage.runtime.counts()[NAME]).toMatchObject({ requeues: 2, crashes: 2 });
  });

  test('maps to other ids and back, and takes the old output away when an input maps to another', async () => {
    await using stage = running({
      map: ({ metadata, spec }) => (spec.value < 0 ? undefined : `${metadata.id}-${String(spec.value % 2)}`),
      unmap: ({ metadata }) => metadata.id.split('-')[0],
    });
    await stage.set('one', 1);
    await stage.shows('one-1', '1');
    await stage.state.addFinalizer(Strs.pointer('one-1'), 'other');
    await stage.set('one', 2);
    await within(10_000, 'it goes', stage.state.watchFor(Strs.pointer('one-1'), { phases: ['tearing-down'] }));
    await stage.state.removeFinalizer(Strs.pointer('one-1'), 'other');
    await stage.shows('one-0', '2');
    await stage.shows('one-1', undefined);
    await stage.set('one', -1);
    await stage.shows('one-0', undefined);
    await within(10_000, 'it goes', stage.state.teardownAndDestroy(Ints.pointer('one')));
  });

  test('takes away at its start what it made in an earlier life of inputs that are gone or map elsewhere', async () => {
    await using stage = new RuntimeStage('by the log');
    for (const id of ['gone-1', 'one-1', 'one-0']) {
      await stage.state.create(Strs.make({ id, spec: { text: id } }), { owner: NAME });
    }
    await stage.state.create(Strs.make({ id: 'theirs-1', spec: { text: 'theirs' } }));
    await stage.set('one', 2);
    stage.runtime.registerQueue(
      queueTransform(
        intToStr({
          map: ({ metadata, spec }) => `${metadata.id}-${String(spec.value % 2)}`,
          unmap: ({ metadata }) => metadata.id.split('-')[0],
        }),
      ),
    );
    stage.start();
    await stage.shows('gone-1', undefined);
    await stage.shows('one-1', undefined);
    await stage.shows('one-0', '2');
    await stage.shows('theirs-1', 'theirs');
  });

  test('counts an input that is to go until only the finalizers it was told are left', async () => {
    await using stage = running({ ignoreTeardownUntil: ['last'] });
    await stage.set('one', 1);
    await stage.shows('one', '1');
    await stage.state.addFinalizer(Ints.pointer('one'), 'first', 'last');
    await stage.state.teardown(Ints.pointer('one'));
    await stage.state.modify(int('one', 0), ({ spec }) => void (spec.value = 2), { expectedPhase: 'tearing-down' });
    await stage.shows('one', '2');
    await stage.state.removeFinalizer(Ints.pointer('one'), 'first');
    await stage.shows('one', undefined);
    await until('it lets go', async () => {
      const { metadata } = await stage.state.get(Ints.pointer('one'));
      return metadata.finalizers.join() === 'last';
    });
  });

  test('is the last to let an input go when it waits for everybody', async () => {
    await using stage = running({ ignoreTeardownUntil: [] });
    await stage.set('one', 1);
    await stage.shows('one', '1');
    await stage.state.addFinalizer(Ints.pointer('one'), 'a', 'b');
    await stage.state.teardown(Ints.pointer('one'));
    for (const finalizer of ['a', 'b']) {
      expect((await stage.state.get(Ints.pointer('one'))).metadata.finalizers).toContain(NAME);
      await stage.state.removeFinalizer(Ints.pointer('one'), finalizer);
    }
    await within(10_000, 'it goes', stage.state.teardownAndDestroy(Ints.pointer('one')));
    await stage.shows('one', undefined);
  });

  test('counts an input that is to go while it has a finalizer it was told', async () => {
    await using stage = running({ ignoreTeardownWhile: ['busy'] });
    await stage.set('one', 1);
    await stage.shows('one', '1');
    await stage.state.addFinalizer(Ints.pointer('one'), 'busy', 'other');
    await stage.state.teardown(Ints.pointer('one'));
    await stage.state.modify(int('one', 0), ({ spec }) => void (spec.value = 2), { expectedPhase: 'tearing-down' });
    await stage.shows('one', '2');
    await stage.state.removeFinalizer(Ints.pointer('one'), 'busy');
    await stage.shows('one', undefined);
  });

  test('puts its name on no input that is to go, and makes nothing of it', async () => {
    await using stage = new RuntimeStage('by the log');
    await stage.set('one', 1);
    await stage.state.addFinalizer(Ints.pointer('one'), 'other');
    await stage.state.teardown(Ints.pointer('one'));
    stage.runtime.registerQueue(queueTransform(intToStr({ ignoreTeardownWhile: ['other'] })));
    stage.start();
    await stage.set('two', 2);
    await stage.shows('two', '2');
    expect((await stage.state.get(Ints.pointer('one'))).metadata.finalizers).toEqual(['other']);
    await stage.shows('one', undefined);
  });

  test('reconciles inputs when what they are mapped from changes, by id, by label, or as it reads', async () => {
    const of = (id: string, value: number, labels = {}) =>
      Ints.make({ namespace: 'others', id, spec: { value }, labels });
    const factorOf = (found: { readonly spec: unknown } | undefined): number =>
      found === undefined ? 1 : (found.spec as { value: number }).value;
    for (const [name, map, id] of [
      ['sameId', mappers.sameId, 'one'],
      ['labelValue', mappers.labelValue('for', { key: 'on', operation: 'exists' }), 'labelled'],
      ['typed', mappers.typed(Ints, ({ metadata }) => [metadata.annotations['for'] ?? '']), 'annotated'],
    ] as const) {
      await using stage = running({
        extraInputs: [{ ...OTHERS, kind: 'mapped', map }],
        transform: async ({ spec }, { state }) => {
          const factor = factorOf(await state.find({ ...OTHERS, id }));
          return { spec: { text: String(spec.value * factor) } };
        },
      });
      await stage.set('one', 1);
      await stage.shows('one', '1');
      const factor = of(id, 3, { for: 'one', on: '' });
      await stage.state.create({ ...factor, metadata: { ...factor.metadata, annotations: { for: 'one' } } });
      await stage.shows('one', '3');
      expect(stage.runtime.counts()[NAME]?.mappedIn, name).toBe(1);
    }
  });

  test('is not woken by what it reads and maps to nothing, nor by a label without its terms', async () => {
    const CHANGED = { ...OTHERS, id: 'x', phase: 'running', finalizersEmpty: true } as const;
    const context = {} as never;
    expect(mappers.none()).toEqual([]);
    const byLabel = mappers.labelValue('for', { key: 'on', operation: 'equal', values: ['yes'] });
    expect(await byLabel({ ...CHANGED, labels: { for: 'one', on: 'yes' } }, context)).toEqual(['one']);
    expect(await byLabel({ ...CHANGED, labels: { for: 'one' } }, context)).toEqual([]);
    expect(await byLabel({ ...CHANGED, labels: { on: 'yes' } }, context)).toEqual([]);
  });

  test('fails at an output that is another’s, and lets the input go all the same', async () => {
    await using stage = running();
    await stage.state.create(Strs.make({ id: 'one', spec: { text: 'mine' } }), { owner: 'Somebody' });
    await stage.set('one', 1);
    await until('it failed', () => stage.runtime.counts()[NAME]?.crashes !== 0);
    await within(10_000, 'it goes', stage.state.teardownAndDestroy(Ints.pointer('one')));
    await stage.shows('one', 'mine');
  });

  test('runs its hook beside and its end, and refuses to map without the way back', async () => {
    const said: string[] = [];
    {
      await using stage = running({
        run: async () => void said.push('run'),
        shutdown: () => void said.push('shutdown'),
      });
      await stage.set('one', 1);
      await stage.shows('one', '1');
    }
    expect(said).toEqual(['run', 'shutdown']);
    expect(() => queueTransform(intToStr({ map: () => 'x' }))).toThrow('"map" needs "unmap"');
  });
});
