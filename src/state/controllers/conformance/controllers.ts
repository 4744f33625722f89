/** Controllers of the cases: numbers become texts, texts become sentences, numbers are added up. */
import { pointerOf, type Resource } from '../../resource.ts';
import type { Controller, PlainContext, QueueController } from '../controller.ts';
import type { ControllerState } from '../controller-state.ts';
import { has, kindOf, onEach, type Scene } from './case.ts';

/** Writes each number as a text, which goes before the number does. */
export function intToStr(scene: Scene, name = 'IntToStr'): Controller {
  const { ints, strs } = scene;
  return {
    name,
    inputs: [
      { ...kindOf(ints), kind: 'strong' },
      { ...kindOf(strs), kind: 'destroy-ready' },
    ],
    outputs: [{ type: strs.type, kind: 'exclusive' }],
    run: async ({ events, state }) => {
      await onEach(events, async () => {
        for (const found of await state.list(kindOf(ints))) await intToStrOnce(scene, name, found, state);
      });
    },
  };
}

/** The same by a queue. */
export function queuedIntToStr(scene: Scene, more: Partial<QueueController> = {}): QueueController {
  const { ints, strs } = scene;
  const name = 'QIntToStr';
  return {
    name,
    inputs: [
      { ...kindOf(ints), kind: 'primary' },
      { ...kindOf(strs), kind: 'mapped-destroy-ready' },
    ],
    outputs: [{ type: strs.type, kind: 'exclusive' }],
    reconcile: async (pointer, { state }) => {
      const found = await state.find(pointer);
      if (found !== undefined) await intToStrOnce(scene, name, found, state);
    },
    map: ({ id }) => [ints.pointer(id)],
    ...more,
  };
}

async function intToStrOnce(
  { ints, strs }: Scene,
  name: string,
  found: Resource,
  state: ControllerState,
): Promise<void> {
  const { metadata, spec } = ints.read(found);
  if (metadata.phase === 'running') {
    await state.addFinalizer(metadata, name);
    await state.modify(strs.make({ id: metadata.id, spec: { text: '' } }), (draft) => {
      draft.spec.text = String(spec.value);
    });
  } else if (has(found, name)) {
    const text = await state.findUncached(strs.pointer(metadata.id));
    if (text !== undefined) {
      if (!(await state.teardown(pointerOf(text)))) return;
      await state.destroy(pointerOf(text));
    }
    await state.removeFinalizer(metadata, name);
  }
}

/** Makes a sentence of each text, with a label. It says what it reads when it runs, not before. */
export function strToSentence({ strs, sentences }: Scene): Controller {
  const name = 'StrToSentence';
  const once = async (found: Resource, state: ControllerState): Promise<void> => {
    const { metadata, spec } = strs.read(found);
    if (metadata.phase === 'running') {
      await state.addFinalizer(metadata, name);
      await state.modify(sentences.make({ id: metadata.id, spec: { text: '' } }), (draft) => {
        draft.spec.text = `${spec.text} sentence`;
        draft.labels['of'] = spec.text;
      });
    } else if (has(found, name)) {
      const sentence = await state.findUncached(sentences.pointer(metadata.id));
      if (sentence !== undefined) await state.destroy(pointerOf(sentence));
      await state.removeFinalizer(metadata, name);
    }
  };
  return {
    name,
    inputs: [],
    outputs: [{ type: sentences.type, kind: 'exclusive' }],
    run: async (context) => {
      context.setInputs([{ ...kindOf(strs), kind: 'strong' }]);
      await onEach(context.events, async () => {
        for (const found of await context.state.list(kindOf(strs))) await once(found, context.state);
      });
    },
  };
}

/** Adds up some numbers into a text of this id. */
export function sum(
  { ints, strs }: Scene,
  id: string,
  numbers: (state: ControllerState) => Promise<readonly Resource[]>,
): Controller {
  return {
    name: `Sum-${id}`,
    inputs: [{ ...kindOf(ints), kind: 'weak' }],
    outputs: [{ type: strs.type, kind: 'shared' }],
    run: async ({ events, state }: PlainContext) => {
      await onEach(events, async () => {
        const total = (await numbers(state)).reduce((sofar, found) => sofar + ints.read(found).spec.value, 0);
        await state.modify(strs.make({ id, spec: { text: '' } }), (draft) => {
          draft.spec.text = String(total);
        });
      });
    },
  };
}
