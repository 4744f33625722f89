/** What the cases about controllers are made of. */
import * as z from 'zod';

import { systemClock } from '../../../base/clock.ts';
import { inTime as answerInTime } from '../../../base/in-time.ts';
import { defineResource } from '../../define-resource.ts';
import type { Kind, Resource } from '../../resource.ts';
import type { State } from '../../state.ts';
import { ControllerRuntime, type RuntimeOptions } from '../runtime.ts';

/** Where a case takes place. */
export interface ControllerStage {
  readonly state: State;
  /** No other case uses it. */
  readonly namespace: string;
  /** What the runtime of the case is made with. */
  readonly options: RuntimeOptions;
  /** Whether everything is read from the cache. @default false */
  readonly isCached?: boolean;
}

/** One promise about controllers over any backend. `run` rejects when it isn't kept. */
export interface ControllerCase {
  readonly name: string;
  run(stage: ControllerStage): Promise<void>;
}

/** How long anything may take that should happen, milliseconds. */
const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 5;

function definitions(namespace: string) {
  return {
    ints: defineResource({ type: 'Ints.conformance.corex', namespace, schema: z.object({ value: z.number() }) }),
    strs: defineResource({ type: 'Strs.conformance.corex', namespace, schema: z.object({ text: z.string() }) }),
    sentences: defineResource({
      type: 'Sentences.conformance.corex',
      namespace,
      schema: z.object({ text: z.string() }),
    }),
  };
}

/** Numbers, texts of them, and sentences of these: a state, and a runtime that runs until this is disposed of. */
export class Scene implements AsyncDisposable {
  readonly state: State;
  readonly runtime: ControllerRuntime;
  readonly ints: ReturnType<typeof definitions>['ints'];
  readonly strs: ReturnType<typeof definitions>['strs'];
  readonly sentences: ReturnType<typeof definitions>['sentences'];
  readonly isCached: boolean;
  readonly #abort = new AbortController();
  #running: Promise<void> | undefined;

  constructor({ state, namespace, options, isCached = false }: ControllerStage) {
    const { ints, strs, sentences } = definitions(namespace);
    this.state = state;
    this.ints = ints;
    this.strs = strs;
    this.sentences = sentences;
    this.isCached = isCached;
    this.runtime = new ControllerRuntime(state, { ...options, ...(isCached && { cached: [ints, strs, sentences] }) });
  }

  start(): void {
    this.#running = this.runtime.run(this.#abort.signal);
  }

  /** Sets a number, whether there is one or not. */
  async set(id: string, value: number, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.state.modify(this.ints.make({ id, spec: { value }, labels }), (draft) => {
      draft.spec.value = value;
    });
  }

  /** Resolves when the text of this id is `text`; undefined: when there is none. */
  async shows(id: string, text: string | undefined, { strs = this.strs } = {}): Promise<void> {
    const isShown = async (): Promise<boolean> => {
      const found = await this.state.find(strs.pointer(id));
      return found === undefined ? text === undefined : strs.read(found).spec.text === text;
    };
    await eventually(`${id} shows ${text ?? 'nothing'}`, isShown);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    if (this.#running !== undefined) await inTime(this.#running, 'the end of the runtime');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** The kind alone. */
export function kindOf({ namespace, type }: Kind): Kind {
  return { namespace, type };
}

export function has({ metadata }: Resource, finalizer: string): boolean {
  return metadata.finalizers.includes(finalizer);
}

/** Does the same at each event. */
export { onEach } from '../generic/on-each.ts';

/** Resolves when `holds` does. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const until = systemClock.monotonic() + PATIENCE_MS;
  while (!(await holds())) {
    if (systemClock.monotonic() > until) throw new Error(`Waited ${PATIENCE_MS} ms in vain until ${what}`);
    await wait(LOOK_EVERY_MS);
  }
}

/** Rejects when `promise` takes too long. */
export async function inTime<Answer>(promise: Promise<Answer>, what: string): Promise<Answer> {
  const late = Symbol('late');
  const answer = await answerInTime<Answer, typeof late>(systemClock, PATIENCE_MS, promise, late);
  if (answer === late) throw new Error(`Waited ${PATIENCE_MS} ms in vain for ${what}`);
  return answer;
}

/** Resolves after a while; rejects with the signal's reason when that fires first. */
export async function wait(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const over = Promise.withResolvers<undefined>();
  const onAbort = (): void => {
    over.reject(signal?.reason);
  };
  using _timer = systemClock.after(ms, () => {
    over.resolve(undefined);
  });
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await over.promise;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}
