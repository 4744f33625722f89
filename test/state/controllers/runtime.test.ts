import { describe, expect, test } from 'vitest';

import type { Controller, QueueController } from '../../../src/state/controllers/controller.ts';
import { pointerOf } from '../../../src/state/resource.ts';
import { isStateError } from '../../../src/state/state-error.ts';
import { until } from '../../harness/until.ts';
import { within } from '../../harness/within.ts';
import { type Hearing, int, Ints, INTS, onEach, RuntimeStage, STRS, Strs } from './stage.ts';

/** The default of the watch limit is less than what their writes make. */
const MANY = 20_000;

/** Writes each number as a text; takes part in its end by a finalizer. */
function intToStr(name = 'IntToStr'): Controller {
  return {
    name,
    inputs: [{ ...INTS, kind: 'strong' }],
    outputs: [{ type: Strs.type, kind: 'exclusive' }],
    run: async ({ events, state }) => {
      await onEach(events, async () => {
        for (const found of await state.list(INTS)) {
          const { metadata, spec } = Ints.read(found);
          if (metadata.phase === 'running') {
            await state.addFinalizer(metadata, name);
            await state.modify(Strs.make({ id: metadata.id, spec: { text: '' } }), (draft) => {
              draft.spec.text = String(spec.value);
            });
          } else if (metadata.finalizers.includes(name)) {
            const text = await state.find(Strs.pointer(metadata.id));
            if (text !== undefined) await state.destroy(pointerOf(text));
            await state.removeFinalizer(metadata, name);
          }
        }
      });
    },
  };
}

/** The same by a queue. */
function queued(more: Partial<QueueController> = {}): QueueController {
  const name = 'QIntToStr';
  return {
    name,
    inputs: [{ ...INTS, kind: 'primary' }],
    outputs: [{ type: Strs.type, kind: 'exclusive' }],
    concurrency: 4,
    reconcile: async (pointer, { state }) => {
      const found = await state.find(pointer);
      if (found === undefined) return;
      const { metadata, spec } = Ints.read(found);
      if (metadata.phase === 'running') {
        await state.addFinalizer(pointer, name);
        await state.modify(Strs.make({ id: pointer.id, spec: { text: '' } }), (draft) => {
          draft.spec.text = String(spec.value);
        });
        return;
      }
      const text = await state.find(Strs.pointer(pointer.id));
      if (text !== undefined) await state.destroy(pointerOf(text));
      await state.removeFinalizer(pointer, name);
    },
    ...more,
  };
}

describe.each<Hearing>(['by the log', 'by watches'])('controllers that hear %s', (hearing) => {
  test('a controller registered late begins with what is there', async () => {
    await using stage = new RuntimeStage(hearing);
    stage.start();
    await stage.set('one', 1);
    stage.runtime.register(intToStr());
    await stage.shows('one', '1');
  });

  test('destroy-ready inputs wake only for what may be destroyed now', async () => {
    await using stage = new RuntimeStage(hearing);
    stage.runtime.register({
      name: 'Destroyer',
      inputs: [{ ...INTS, kind: 'destroy-ready' }],
      outputs: [{ type: Ints.type, kind: 'shared' }],
      run: async ({ events, state }) => {
        await onEach(events, async () => {
          for (const { metadata } of await state.list(INTS)) {
            const isReady = metadata.phase === 'tearing-down' && metadata.finalizers.length === 0;
            if (isReady) await state.destroy(metadata, { owner: '' });
          }
        });
      },
    });
    stage.start();
    await until('it has begun', () => stage.runtime.counts()['Destroyer']?.wakeups === 1);
    await stage.set('one', 1);
    await stage.state.addFinalizer(Ints.pointer('one'), 'F');
    await stage.state.teardown(Ints.pointer('one'));
    expect(stage.runtime.counts()['Destroyer']?.wakeups).toBe(1);
    await stage.state.removeFinalizer(Ints.pointer('one'), 'F');
    await until('it is gone', async () => (await stage.state.find(Ints.pointer('one'))) === undefined);
  });

  test('a queue of twenty thousand resources that are there is worked off, and what comes follows', async () => {
    await using stage = new RuntimeStage(hearing);
    for (let at = 0; at < MANY; at += 1) await stage.state.create(int(`i${String(at)}`, at));
    stage.runtime.registerQueue(queued());
    stage.start();
    const all = async (): Promise<boolean> => (await stage.state.list(STRS)).length === MANY;
    await until('all are there', all, { withinMs: 25_000, everyMs: 100 });
    await stage.set('i7', 70);
    await stage.shows('i7', '70');
    await within(10_000, 'it goes', stage.state.teardownAndDestroy(Ints.pointer('i7')));
    await stage.shows('i7', undefined);
  });

  test('mapped inputs say which primaries are reconciled', async () => {
    await using stage = new RuntimeStage(hearing);
    const reconciled: string[] = [];
    stage.runtime.registerQueue({
      name: 'Mapped',
      inputs: [
        { ...INTS, kind: 'primary' },
        { ...STRS, kind: 'mapped' },
      ],
      outputs: [],
      reconcile: async ({ id }) => {
        reconciled.push(id);
      },
      map: ({ labels }) => [Ints.pointer(labels['for'] ?? '')],
    });
    stage.start();
    await stage.state.create(Strs.make({ id: 'x', spec: { text: '' }, labels: { for: 'target' } }));
    await until('the target is reconciled', () => reconciled.includes('target'));
    expect(stage.runtime.counts()['Mapped']).toMatchObject({ mappedIn: 1, mappedOut: 1 });
  });

  test('a cache answers with at least what woke the controller', async () => {
    await using stage = new RuntimeStage(hearing, { cached: [INTS] });
    stage.runtime.register(intToStr());
    stage.start();
    for (let value = 1; value <= 50; value += 1) await stage.set('one', value);
    await stage.shows('one', '50');
    expect(stage.runtime.cachedResources).toBe(1);
  });
});

describe('what was not declared', () => {
  test('can neither be read nor written, nor given finalizers', async () => {
    await using stage = new RuntimeStage('by the log');
    const refused: string[] = [];
    const { promise: tried, resolve } = Promise.withResolvers<undefined>();
    stage.runtime.register({
      name: 'Curious',
      inputs: [{ ...INTS, id: 'one', kind: 'weak' }],
      outputs: [],
      run: async ({ state }) => {
        const attempts: Record<string, () => Promise<unknown>> = {
          list: () => state.list(INTS),
          'other id': () => state.get(Ints.pointer('two')),
          'other type': () => state.get(Strs.pointer('one')),
          create: () => state.create(int('one', 1)),
          destroy: () => state.destroy(Ints.pointer('one')),
          finalizer: () => state.addFinalizer(Ints.pointer('one'), 'F'),
        };
        for (const [name, attempt] of Object.entries(attempts)) {
          await attempt().catch((error: unknown) => isStateError(error, 'denied') && refused.push(name));
        }
        resolve(undefined);
      },
    });
    stage.start();
    await within(10_000, 'everything was tried', tried);
    expect(refused).toEqual(['list', 'other id', 'other type', 'create', 'destroy', 'finalizer']);
  });

  test('declarations that don’t go together are refused, naming who has what', () => {
    const stage = new RuntimeStage('by the log');
    stage.runtime.register(intToStr('First'));
    expect(() => {
      stage.runtime.register(intToStr('First'));
    }).toThrow('there is one');
    expect(() => {
      stage.runtime.register(intToStr('Second'));
    }).toThrow('managed by "First" alone');
    const input = { ...INTS, kind: 'weak' } as const;
    expect(() => {
      stage.runtime.register({ ...intToStr('Third'), inputs: [input, { ...input, kind: 'strong' }], outputs: [] });
    }).toThrow('declared twice');
    expect(() => {
      stage.runtime.registerQueue(queued({ concurrency: 0 }));
    }).toThrow('at least 1');
  });

  test('what was declared can be looked at, as text and as a picture', () => {
    const stage = new RuntimeStage('by the log');
    stage.runtime.register(intToStr());
    expect(stage.runtime.draw('text')).toBe(
      'IntToStr -- exclusive --> Strs.test.corex\nInts.test.corex(ints/*) -- strong --> IntToStr',
    );
    expect(stage.runtime.draw('mermaid')).toMatch(/^flowchart LR\n/);
  });
});
