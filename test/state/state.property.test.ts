import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Backend } from '../../src/state/backend.ts';
import type { Bookmark, StateEvent, Watch } from '../../src/state/event.ts';
import { MemoryBackend } from '../../src/state/memory-backend.ts';
import { PersistentBackend } from '../../src/state/persistent-backend.ts';
import { newResource, type Resource } from '../../src/state/resource.ts';
import { State } from '../../src/state/state.ts';
import { isStateError, type StateErrorCode } from '../../src/state/state-error.ts';
import { FakePersistence } from '../fakes/fake-persistence.ts';
import { within } from '../harness/within.ts';

const KIND = { namespace: 'n', type: 't' };
const IDS = ['a', 'b', 'é', '😀'];
const OWNERS = ['', 'me'];

const id = fc.constantFrom(...IDS);
const owner = fc.constantFrom(...OWNERS);
const step = fc.oneof(
  fc.record({ does: fc.constant('create' as const), id, owner }),
  fc.record({ does: fc.constant('update' as const), id, owner, value: fc.nat(3), stale: fc.boolean() }),
  fc.record({ does: fc.constant('teardown' as const), id, owner }),
  fc.record({ does: fc.constant('destroy' as const), id, owner }),
  fc.record({ does: fc.constant('finalize' as const), id }),
  fc.record({ does: fc.constant('release' as const), id }),
  fc.record({ does: fc.constant('watch' as const), from: fc.constantFrom('now', 'contents', 'bookmark', 'tail') }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** What one resource is like, as far as the model knows. */
interface Known {
  version: number;
  owner: string;
  isGoing: boolean;
  isHeld: boolean;
  value: number;
}

/** What the state must do, in a few lines. Answers why it must refuse. */
class Model {
  readonly known = new Map<string, Known>();

  refusal(to: Step & { readonly id: string }): StateErrorCode | undefined {
    const there = this.known.get(to.id);
    if (to.does === 'create') return there === undefined ? undefined : 'already-exists';
    if (there === undefined) return 'not-found';
    if (to.does === 'finalize' || to.does === 'release') return undefined;
    if (to.does === 'teardown' && there.isGoing) return undefined;
    if (to.does !== 'watch' && to.owner !== there.owner) return 'owner-conflict';
    if (to.does === 'update') return to.stale ? 'version-conflict' : there.isGoing ? 'phase-conflict' : undefined;
    return to.does === 'destroy' && there.isHeld ? 'pending-finalizers' : undefined;
  }

  carryOut(to: Step & { readonly id: string }): void {
    const there = this.known.get(to.id);
    if (to.does === 'create') {
      this.known.set(to.id, { version: 1, owner: to.owner, isGoing: false, isHeld: false, value: 0 });
    } else if (to.does === 'destroy') {
      this.known.delete(to.id);
    } else if (there !== undefined) {
      const before = { ...there };
      if (to.does === 'update') there.value = to.value;
      if (to.does === 'teardown') there.isGoing = true;
      if (to.does === 'finalize') there.isHeld = true;
      if (to.does === 'release') there.isHeld = false;
      const isNew = to.does === 'update' || there.isGoing !== before.isGoing || there.isHeld !== before.isHeld;
      if (isNew) there.version += 1;
    }
  }

  /** The same of what is stored, or was told. */
  static of({ metadata, spec }: Resource): Known {
    return {
      version: metadata.version,
      owner: metadata.owner,
      isGoing: metadata.phase === 'tearing-down',
      isHeld: metadata.finalizers.length > 0,
      value: (spec as { value: number }).value,
    };
  }
}

async function carryOut(state: State, to: Step & { readonly id: string }): Promise<void> {
  const pointer = { ...KIND, id: to.id };
  if (to.does === 'create') await state.create(newResource({ ...pointer, spec: { value: 0 } }), { owner: to.owner });
  else if (to.does === 'teardown') await state.teardown(pointer, { owner: to.owner });
  else if (to.does === 'destroy') await state.destroy(pointer, { owner: to.owner });
  else if (to.does === 'finalize') await state.addFinalizer(pointer, 'F');
  else if (to.does === 'release') await state.removeFinalizer(pointer, 'F');
  else if (to.does === 'update') {
    const { metadata } = await state.get(pointer);
    const version = metadata.version + (to.stale ? 1 : 0);
    await state.update({ metadata: { ...metadata, version }, spec: { value: to.value } }, { owner: to.owner });
  }
}

/** One who watches, and what it should know: what was there when it began, and each event since. */
class Watcher {
  readonly view: Map<string, Known>;
  readonly #watch: Watch;
  bookmark: Bookmark | undefined;
  seen = 0;

  constructor(watch: Watch, view: ReadonlyMap<string, Known>) {
    this.#watch = watch;
    this.view = new Map([...view].map(([key, known]) => [key, { ...known }]));
  }

  async read(count: number): Promise<void> {
    while (this.seen < count) {
      const { value } = await within(20_000, `event ${String(this.seen + 1)} of ${String(count)}`, this.#watch.next());
      if (value === undefined) throw new Error('The watch ended');
      this.#hear(value);
    }
  }

  close(): void {
    this.#watch.close();
  }

  #hear(event: StateEvent): void {
    this.bookmark = event.bookmark ?? this.bookmark;
    if (event.type === 'bootstrapped' || event.type === 'noop' || event.resource === undefined) return;
    this.seen += 1;
    const { resource } = event;
    const before = this.view.get(resource.metadata.id);
    if (event.type === 'updated') expect(Model.of(event.old)).toEqual(before);
    if (event.type === 'destroyed') expect(Model.of(resource)).toEqual(before);
    if (event.type === 'created') expect(before).toBeUndefined();
    if (event.type === 'destroyed') this.view.delete(resource.metadata.id);
    else this.view.set(resource.metadata.id, Model.of(resource));
  }
}

/** Does all steps, and checks after each that the state and, at the end, that every watcher knows what the model does. */
async function play(backend: Backend, steps: readonly Step[]): Promise<void> {
  const state = new State(backend);
  const model = new Model();
  const watchers: { readonly watcher: Watcher; readonly begin: number }[] = [];
  /** Events so far, and the model and bookmark behind each, of whoever watches from the start. */
  let events = 0;
  const past = [new Map<string, Known>()];
  const first = new Watcher(state.watchKind(KIND, { bootstrapBookmark: true }), new Map());
  const marks: (Bookmark | undefined)[] = [];
  for (const to of steps) {
    if (to.does === 'watch') {
      const contents = new Map(model.known);
      const at = Math.floor(events / 2);
      if (to.from === 'now') watchers.push({ watcher: new Watcher(state.watchKind(KIND), contents), begin: events });
      else if (to.from === 'contents') {
        const watch = state.watchKind(KIND, { bootstrap: true });
        watchers.push({ watcher: new Watcher(watch, new Map()), begin: events - contents.size });
      } else if (to.from === 'tail') {
        const watch = state.watchKind(KIND, { tail: events - at });
        watchers.push({ watcher: new Watcher(watch, past[at] ?? new Map()), begin: at });
      } else if (marks[at - 1] !== undefined) {
        const watch = state.watchKind(KIND, { from: marks[at - 1] });
        watchers.push({ watcher: new Watcher(watch, past[at] ?? new Map()), begin: at });
      }
      continue;
    }
    const refusal = model.refusal(to);
    const before = JSON.stringify([...model.known]);
    if (refusal === undefined) {
      await carryOut(state, to);
      model.carryOut(to);
    } else {
      await expect(carryOut(state, to)).rejects.toSatisfy((error) => isStateError(error, refusal));
    }
    if (JSON.stringify([...model.known]) !== before) {
      events += 1;
      past.push(new Map([...model.known].map(([key, known]) => [key, { ...known }])));
      await first.read(events);
      marks.push(first.bookmark);
    }
    const stored = await state.list(KIND);
    expect(new Map(stored.map((resource) => [resource.metadata.id, Model.of(resource)]))).toEqual(model.known);
  }
  for (const { watcher, begin } of [...watchers, { watcher: first, begin: 0 }]) {
    await watcher.read(events - begin);
    expect(watcher.view).toEqual(model.known);
    watcher.close();
  }
  await state.close();
}

describe('any steps over', () => {
  const steps = fc.array(step, { maxLength: 40 });

  test('memory do what the model does, and every watcher hears all of it', async () => {
    await fc.assert(
      fc.asyncProperty(steps, (all) => play(new MemoryBackend(), all)),
      { numRuns: 150 },
    );
  });

  test('what is written down do the same, and are there in the next life', async () => {
    const property = fc.asyncProperty(steps, steps, async (all, more) => {
      const persistence = new FakePersistence();
      await play(await PersistentBackend.open({ persistence }), all);
      const left = [...persistence.resources.values()];
      const next = await PersistentBackend.open({ persistence });
      expect((await next.list(KIND)).length).toBe(left.length);
      for (const { metadata } of await next.list(KIND)) {
        const { namespace, type, id: found } = metadata;
        await next.update(
          { metadata: { ...metadata, finalizers: [] }, spec: {} },
          { owner: metadata.owner, expectedPhase: 'any' },
        );
        await next.destroy({ namespace, type, id: found }, { owner: metadata.owner });
      }
      await play(next, more);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test('what is written down lose nothing and invent nothing when writes fail', async () => {
    const property = fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }), async (fails) => {
      const persistence = new FakePersistence();
      const state = new State(await PersistentBackend.open({ persistence }));
      using watch = state.watchKind(KIND);
      let value = 0;
      let told = 0;
      for (const doesFail of fails) {
        if (doesFail) persistence.failures.push(new Error('disk full'));
        const write = state.modify(newResource({ ...KIND, id: 'a', spec: { value: 0 } }), (draft) => {
          draft.spec.value = value + 1;
        });
        if (doesFail) {
          await expect(write).rejects.toSatisfy((error) => isStateError(error, 'unavailable'));
          continue;
        }
        await write;
        [value, told] = [value + 1, told + 1];
        const event = (await watch.next()).value;
        expect(event).toMatchObject({ resource: { metadata: { version: told }, spec: { value } } });
      }
      const left = (await state.list(KIND)).map(({ spec }) => (spec as { value: number }).value);
      expect(left).toEqual(value === 0 ? [] : [value]);
      await state.close();
    });
    await fc.assert(property, { numRuns: 60 });
  });
});
