import * as z from 'zod';

import { defineResource } from '../../../src/state/define-resource.ts';
import { EventLog } from '../../../src/state/event-log.ts';
import { MemoryBackend } from '../../../src/state/memory-backend.ts';
import { ControllerRuntime, type RuntimeOptions } from '../../../src/state/controllers/runtime.ts';
import { State } from '../../../src/state/state.ts';
import type { Resource } from '../../../src/state/resource.ts';
import { within } from '../../harness/within.ts';

export const Ints = defineResource({
  type: 'Ints.test.corex',
  namespace: 'ints',
  schema: z.object({ value: z.number() }),
});
export const Strs = defineResource({
  type: 'Strs.test.corex',
  namespace: 'strs',
  schema: z.object({ text: z.string() }),
});

export const INTS = { namespace: 'ints', type: Ints.type };
export const STRS = { namespace: 'strs', type: Strs.type };

export function int(id: string, value: number): Resource<{ value: number }> {
  return Ints.make({ id, spec: { value } });
}

/** How a runtime hears of changes. */
export type Hearing = 'by the log' | 'by watches';

/** A state and the controllers over it, which run until this is disposed of. */
export class RuntimeStage implements AsyncDisposable {
  readonly state: State;
  readonly runtime: ControllerRuntime;
  readonly #abort = new AbortController();
  #running: Promise<void> | undefined;

  constructor(hearing: Hearing, options: Partial<RuntimeOptions> = {}) {
    const log = new EventLog();
    this.state = new State(new MemoryBackend({ log }));
    this.runtime = new ControllerRuntime(this.state, {
      random: Math.random,
      ...(hearing === 'by the log' && { log }),
      ...options,
    });
  }

  start(): void {
    this.#running = this.runtime.run(this.#abort.signal);
  }

  /** Sets a number, whether there is one or not. */
  async set(id: string, value: number): Promise<void> {
    await this.state.modify(int(id, 0), ({ spec }) => {
      spec.value = value;
    });
  }

  /** Resolves when the text of this id is `text`; undefined: when there is none. */
  async shows(id: string, text: string | undefined): Promise<void> {
    const pointer = Strs.pointer(id);
    const shown: Promise<unknown> =
      text === undefined
        ? this.#isGone(id)
        : this.state.watchFor(pointer, {
            matches: (found) => Strs.read(found).spec.text === text,
            events: ['created', 'updated'],
          });
    await within(10_000, `${id} shows ${text ?? 'nothing'}`, shown);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await within(10_000, 'the controllers have stopped', this.#running ?? Promise.resolve());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.state.close();
  }

  async #isGone(id: string): Promise<void> {
    using watch = this.state.watch(Strs.pointer(id));
    for await (const event of watch) if (event.type === 'destroyed') return;
  }
}

/** Does the same at each event. */
export async function onEach(events: AsyncIterable<unknown>, act: () => Promise<void>): Promise<void> {
  const iterator = events[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true) await act();
}
