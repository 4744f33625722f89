/** What the cases of the suite are made of. */
import assert from 'node:assert/strict';

import { systemClock } from '../../base/clock.ts';
import { inTime as answerInTime } from '../../base/in-time.ts';
import { newResource, type Pointer, type Resource, type ResourceParts } from '../resource.ts';
import { isConflict, isStateError, type StateErrorCode } from '../state-error.ts';
import type { State } from '../state.ts';
import type { Watch } from '../event.ts';

/** Where a case takes place: a state, and a namespace that no other case uses. */
export interface Stage {
  readonly state: State;
  readonly namespace: string;
}

/** One promise every backend keeps. `run` rejects when it isn't kept. */
export interface ConformanceCase {
  readonly name: string;
  run(stage: Stage): Promise<void>;
}

/** Type of the resources of the suite; their spec is empty. */
export const PATHS = 'os/path';

/** How long anything may take that should happen, milliseconds. */
const PATIENCE_MS = 5_000;

export function path({ namespace }: Stage, id: string, parts: Partial<ResourceParts> = {}): Resource {
  return newResource({ namespace, type: PATHS, id, spec: {}, ...parts });
}

export function pathPointer({ namespace }: Stage, id: string): Pointer {
  return { namespace, type: PATHS, id };
}

export function ids(resources: readonly Resource[]): string[] {
  return resources.map(({ metadata }) => metadata.id);
}

/** Rejects unless `promise` does, with a StateError of this code. */
export async function refused(promise: Promise<unknown>, code: StateErrorCode): Promise<void> {
  await assert.rejects(promise, (error) => isStateError(error, code));
}

export async function conflicts(promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error) => isConflict(error));
}

/** The next items of a watch. Rejects when they don't come in time. */
export async function take<Item>(watch: Watch<Item>, count: number): Promise<Item[]> {
  const items: Item[] = [];
  while (items.length < count) {
    const next = await inTime(watch.next(), `event ${items.length + 1} of ${count}`);
    if (next.done === true) assert.fail('the watch ended too early');
    items.push(next.value);
  }
  return items;
}

/** Items of an aggregated watch, until there are `count` events. */
export async function takeFlat<Item>(watch: Watch<readonly Item[]>, count: number): Promise<Item[]> {
  const items: Item[] = [];
  while (items.length < count) {
    const [batch = []] = await take(watch, 1);
    assert.notEqual(batch.length, 0, 'a batch is never empty');
    items.push(...batch);
  }
  assert.equal(items.length, count, 'more events than were awaited');
  return items;
}

/** Rejects when `promise` takes too long. */
export async function inTime<Answer>(promise: Promise<Answer>, what: string): Promise<Answer> {
  const late = Symbol('late');
  const answer = await answerInTime<Answer, typeof late>(systemClock, PATIENCE_MS, promise, late);
  if (answer === late) throw new Error(`Waited ${PATIENCE_MS} ms in vain for ${what}`);
  return answer;
}
