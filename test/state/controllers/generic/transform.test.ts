import { describe, expect, test } from 'vitest';

import { SkipReconcile } from '../../../../src/state/controllers/controller.ts';
import { transform, type TransformOptions } from '../../../../src/state/controllers/generic/transform.ts';
import { pointerOf } from '../../../../src/state/resource.ts';
import { until } from '../../../harness/until.ts';
import { within } from '../../../harness/within.ts';
import { int, Ints, RuntimeStage, STRS, Strs } from '../stage.ts';

type Options = TransformOptions<{ value: number }, { text: string }>;

function intToStr(more: Partial<Options> = {}): Options {
  return {
    name: 'IntToStr',
    input: Ints,
    output: Strs,
    transform: ({ spec }) => ({ spec: { text: String(spec.value) } }),
    ...more,
  };
}

/** A runtime with one such controller, which runs. */
function running(more: Partial<Options> = {}): RuntimeStage {
  const stage = new RuntimeStage('by the log', { random: () => 1 });
  stage.runtime.register(transform(intToStr(more)));
  stage.start();
  return stage;
}

describe('transform()', () => {
  test('makes an output of each input, and follows it', async () => {
    await using stage = running();
    await stage.set('one', 1);
    await stage.set('two', 2);
    await stage.shows('one', '1');
    await stage.shows('two', '2');
    await stage.set('one', 11);
    await stage.shows('one', '11');
    expect((await stage.state.get(Strs.pointer('one'))).metadata).toMatchObject({ owner: 'IntToStr', version: 2 });
  });

  test('counts its rounds and the inputs they came to', async () => {
    await using stage = running();
    await stage.set('one', 1);
    await stage.set('two', 2);
    await stage.shows('two', '2');
    const counts = await until('a round came to both', () => {
      const found = stage.runtime.counts()['IntToStr'];
      return found !== undefined && found.roundInputs >= 2 && found;
    });
    expect(counts.rounds).toBeGreaterThan(0);
    expect(counts.reconcileBusy).toBeGreaterThan(0);
  });

  test('makes none of an input that maps to none, and takes the one it had away', async () => {
    await using stage = running({ map: ({ metadata, spec }) => (spec.value < 0 ? undefined : `of-${metadata.id}`) });
    await stage.set('minus', -1);
    await stage.set('one', 1);
    await stage.shows('of-one', '1');
    expect(await stage.state.list(STRS)).toHaveLength(1);
    await stage.set('one', -1);
    await stage.shows('of-one', undefined);
  });

  test('leaves an output as it is when it is skipped, and takes it away when there is to be none', async () => {
    await using stage = running({
      transform: ({ spec }) => {
        if (spec.value === 0) throw new SkipReconcile('zero');
        return spec.value < 0 ? undefined : { spec: { text: String(spec.value) } };
      },
    });
    await stage.set('one', 1);
    await stage.shows('one', '1');
    await stage.set('one', 0);
    await stage.set('two', 2);
    await stage.shows('two', '2');
    await stage.shows('one', '1');
    await stage.set('one', -1);
    await stage.shows('one', undefined);
    expect(stage.runtime.counts()['IntToStr']?.crashes).toBe(0);
  });

  test('goes on with the others when one fails, keeps its output, and tries again', async () => {
    let isBroken = true;
    await using stage = running({
      transform: ({ metadata, spec }) => {
        if (metadata.id === 'bad' && spec.value === 2 && isBroken) throw new Error('broken');
        return { spec: { text: String(spec.value) } };
      },
    });
    await stage.set('bad', 1);
    await stage.shows('bad', '1');
    await stage.set('bad', 2);
    await stage.set('good', 2);
    await stage.shows('good', '2');
    await stage.shows('bad', '1');
    isBroken = false;
    await stage.shows('bad', '2');
    expect(stage.runtime.counts()['IntToStr']?.crashes).toBeGreaterThan(0);
  });

  test('takes nothing away while it can not tell what an input maps to', async () => {
    let isBroken = false;
    await using stage = running({
      map: ({ metadata }) => {
        if (isBroken && metadata.id === 'bad') throw new Error('broken');
        return metadata.id;
      },
    });
    for (const id of ['bad', 'good']) await stage.set(id, 1);
    for (const id of ['bad', 'good']) await stage.shows(id, '1');
    isBroken = true;
    await stage.state.destroy(Ints.pointer('good'));
    await until('it failed', () => stage.runtime.counts()['IntToStr']?.crashes !== 0);
    expect(await stage.state.list(STRS)).toHaveLength(2);
    isBroken = false;
    await stage.shows('good', undefined);
    await stage.shows('bad', '1');
  });

  test('destroys the output of an input that is gone', async () => {
    await using stage = running();
    await stage.set('one', 1);
    await stage.shows('one', '1');
    await stage.state.destroy(Ints.pointer('one'));
    await stage.shows('one', undefined);
  });

  test('waits for those who have something to do with an output before it goes', async () => {
    await using stage = running();
    await stage.set('one', 1);
    await stage.shows('one', '1');
    await stage.state.addFinalizer(Strs.pointer('one'), 'other');
    await stage.state.destroy(Ints.pointer('one'));
    await within(10_000, 'it is to go', stage.state.watchFor(Strs.pointer('one'), { phases: ['tearing-down'] }));
    await stage.state.removeFinalizer(Strs.pointer('one'), 'other');
    await stage.shows('one', undefined);
  });

  test('keeps inputs until their output is gone, and asks before it goes', async () => {
    let isHeld = true;
    const released: string[] = [];
    await using stage = running({
      inputFinalizers: true,
      release: ({ metadata }) => {
        if (isHeld) throw new Error('held');
        released.push(metadata.id);
      },
    });
    await stage.set('one', 1);
    await stage.shows('one', '1');
    expect(await stage.state.teardown(Ints.pointer('one'))).toBe(false);
    await until('it was held', () => stage.runtime.counts()['IntToStr']?.crashes !== 0);
    expect(await stage.state.find(Strs.pointer('one'))).toBeDefined();
    isHeld = false;
    await within(10_000, 'it goes', stage.state.teardownAndDestroy(Ints.pointer('one')));
    expect(await stage.state.find(Strs.pointer('one'))).toBeUndefined();
    expect(released).toEqual(['one']);
  });

  test('lets inputs go that map to nothing any more', async () => {
    await using stage = running({
      inputFinalizers: true,
      map: ({ metadata, spec }) => (spec.value < 0 ? undefined : metadata.id),
    });
    await stage.set('one', 1);
    await stage.shows('one', '1');
    await stage.set('one', -1);
    await within(10_000, 'it goes', stage.state.teardownAndDestroy(Ints.pointer('one')));
    expect(await stage.state.list(STRS)).toEqual([]);
  });

  test('looks at inputs that are to go already when it begins', async () => {
    await using stage = new RuntimeStage('by the log');
    await stage.state.create(int('theirs', 1));
    await stage.state.create({ ...int('ours', 1), metadata: { ...int('ours', 1).metadata, finalizers: ['IntToStr'] } });
    await stage.state.addFinalizer(Ints.pointer('theirs'), 'other');
    for (const id of ['theirs', 'ours']) await stage.state.teardown(Ints.pointer(id));
    stage.runtime.register(transform(intToStr({ inputFinalizers: true })));
    stage.start();
    await within(10_000, 'ours goes', stage.state.teardownAndDestroy(Ints.pointer('ours')));
    expect((await stage.state.get(Ints.pointer('theirs'))).metadata.finalizers).toEqual(['other']);
    expect(await stage.state.list(STRS)).toEqual([]);
  });

  test('gives an input that was created again a fresh output, once the old one is gone', async () => {
    await using stage = running();
    await stage.set('one', 1);
    await stage.shows('one', '1');
    const { uid } = (await stage.state.get(Strs.pointer('one'))).metadata;
    await stage.state.addFinalizer(Strs.pointer('one'), 'other');
    await stage.state.destroy(Ints.pointer('one'));
    await within(10_000, 'it is to go', stage.state.watchFor(Strs.pointer('one'), { phases: ['tearing-down'] }));
    await stage.set('one', 2);
    await stage.state.removeFinalizer(Strs.pointer('one'), 'other');
    await stage.shows('one', '2');
    expect((await stage.state.get(Strs.pointer('one'))).metadata.uid).not.toBe(uid);
  });

  test('counts inputs that are to go until they are gone, when it is told so', async () => {
    await using stage = running({ ignoreTeardown: true });
    await stage.set('one', 1);
    await stage.state.addFinalizer(Ints.pointer('one'), 'other');
    await stage.state.teardown(Ints.pointer('one'));
    await stage.state.modify(int('one', 0), ({ spec }) => void (spec.value = 2), { expectedPhase: 'tearing-down' });
    await stage.shows('one', '2');
    await stage.state.removeFinalizer(Ints.pointer('one'), 'other');
    await stage.state.destroy(Ints.pointer('one'));
    await stage.shows('one', undefined);
  });

  test('is woken from elsewhere, and tells its end once', async () => {
    let [factor, ended, disposed] = [1, 0, 0];
    let wake = (): void => {};
    {
      await using stage = running({
        transform: ({ spec }) => ({ spec: { text: String(spec.value * factor) } }),
        wakeOn: (given) => {
          wake = given;
          return { [Symbol.dispose]: () => void (disposed += 1) };
        },
        onShutdown: () => void (ended += 1),
      });
      await stage.set('one', 1);
      await stage.shows('one', '1');
      factor = 10;
      wake();
      await stage.shows('one', '10');
    }
    expect([ended, disposed]).toEqual([1, 1]);
  });

  test('shares a type with others, and touches only what is its own', async () => {
    await using stage = new RuntimeStage('by the log', { random: () => 1 });
    const of = (name: string, sign: number): Options =>
      intToStr({
        name,
        outputKind: 'shared',
        map: ({ metadata, spec }) => (Math.sign(spec.value) === sign ? metadata.id : undefined),
      });
    stage.runtime.register(transform(of('Plus', 1)));
    stage.runtime.register(transform(of('Minus', -1)));
    await stage.state.create(Strs.make({ id: 'nobodys', spec: { text: 'mine' } }));
    stage.start();
    await stage.set('one', 1);
    await stage.set('minus', -1);
    await stage.shows('one', '1');
    await stage.shows('minus', '-1');
    await stage.set('one', -5);
    await stage.shows('one', '-5');
    expect((await stage.state.get(Strs.pointer('one'))).metadata.owner).toBe('Minus');
    await stage.shows('nobodys', 'mine');
  });

  test('fails at an output that is another’s, and says whose', async () => {
    await using stage = running();
    await stage.state.create(Strs.make({ id: 'one', spec: { text: 'mine' } }), { owner: 'Somebody' });
    await stage.set('one', 1);
    await until('it failed', () => stage.runtime.counts()['IntToStr']?.crashes !== 0);
    await stage.shows('one', 'mine');
  });

  test('calls its hooks around each round; what they throw is a failure', async () => {
    const said: string[] = [];
    await using stage = running({
      before: () => {
        said.push('before');
        if (said.length === 1) throw new Error('not yet');
      },
      after: () => void said.push('after'),
    });
    await stage.set('one', 1);
    await stage.shows('one', '1');
    await until('the round is over', () => said.length > 2);
    expect(said.slice(0, 3)).toEqual(['before', 'before', 'after']);
    expect(stage.runtime.counts()['IntToStr']?.crashes).toBe(1);
  });

  test('sees only inputs a query chooses, and reads and writes extras it declared', async () => {
    await using stage = new RuntimeStage('by the log');
    const OTHERS = { namespace: 'others', type: Ints.type };
    const factor = Ints.make({ namespace: 'others', id: 'factor', spec: { value: 3 } });
    await stage.state.create(factor);
    stage.runtime.register(
      transform(
        intToStr({
          query: { labels: [[{ key: 'counts', operation: 'exists' }]] },
          extraInputs: [{ ...OTHERS, kind: 'weak' }],
          extraOutputs: [{ type: 'Extras.test.corex', kind: 'exclusive' }],
          transform: async ({ spec, metadata }, { state }) => {
            const by = Ints.read(await state.get(pointerOf(factor))).spec.value;
            const extra = {
              ...int(metadata.id, by),
              metadata: { ...int(metadata.id, by).metadata, type: 'Extras.test.corex' },
            };
            await state.modify(extra, (draft) => void (draft.spec.value = by));
            return { spec: { text: String(spec.value * by) }, labels: { by: String(by) } };
          },
        }),
      ),
    );
    stage.start();
    await stage.state.create(Ints.make({ id: 'one', spec: { value: 1 }, labels: { counts: '' } }));
    await stage.set('two', 2);
    await stage.shows('one', '3');
    await stage.state.modify(factor, (draft) => void (draft.spec.value = 5));
    await stage.shows('one', '5');
    expect((await stage.state.get(Strs.pointer('one'))).metadata.labels).toEqual({ by: '5' });
    expect(await stage.state.list(STRS)).toHaveLength(1);
    expect(await stage.state.list({ namespace: 'ints', type: 'Extras.test.corex' })).toHaveLength(1);
  });

  test('refuses options that don’t go together', () => {
    expect(() => transform(intToStr({ inputFinalizers: true, ignoreTeardown: true }))).toThrow(TypeError);
    expect(() => transform(intToStr({ release: () => {} }))).toThrow('needs "inputFinalizers"');
  });
});
