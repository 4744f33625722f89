/** Everything that can be done with resources, made of what a backend does. */
import type { Backend, OwnerOptions, UpdateOptions, WatchKindOptions, WatchOptions } from './backend.ts';
import { type Change, changed, type Draft } from './draft.ts';
import type { StateEvent, Watch } from './event.ts';
import { findIn } from './find-in.ts';
import type { Query } from './query.ts';
import { type Kind, type Phase, type Pointer, pointerOf, type Resource, sameResource } from './resource.ts';
import { isStateError, named, StateError } from './state-error.ts';

/** What a resource must be like to end a {@link State.watchFor}. All that is given must hold. */
export interface Condition {
  readonly events?: readonly StateEvent['type'][];
  readonly phases?: readonly Phase[];
  /** Nobody has anything to do with it any more; never true of one that is destroyed. */
  readonly finalizersEmpty?: boolean;
  /** What it throws ends the waiting. */
  readonly matches?: (resource: Resource) => boolean;
}

interface Aborting {
  readonly signal?: AbortSignal | undefined;
}

/**
 * The state as its users see it. Reads, writes and watches are those of the backend it stands on; the rest is made of
 * them, so that any backend has it. Values are frozen and shared; changes are made to drafts.
 */
export class State implements Backend {
  readonly backend: Backend;

  constructor(backend: Backend) {
    this.backend = backend;
  }

  get(pointer: Pointer): Promise<Resource> {
    return this.backend.get(pointer);
  }

  /** Undefined when there is none. */
  find(pointer: Pointer): Promise<Resource | undefined> {
    return findIn(this.backend, pointer);
  }

  list(kind: Kind, query?: Query): Promise<readonly Resource[]> {
    return this.backend.list(kind, query);
  }

  create(resource: Resource, options?: OwnerOptions): Promise<Resource> {
    return this.backend.create(resource, options);
  }

  update(resource: Resource, options?: UpdateOptions): Promise<Resource> {
    return this.backend.update(resource, options);
  }

  destroy(pointer: Pointer, options?: OwnerOptions): Promise<void> {
    return this.backend.destroy(pointer, options);
  }

  watch(pointer: Pointer, options?: WatchOptions): Watch {
    return this.backend.watch(pointer, options);
  }

  watchKind(kind: Kind, options?: WatchKindOptions): Watch {
    return this.backend.watchKind(kind, options);
  }

  watchKindAggregated(kind: Kind, options?: WatchKindOptions): Watch<readonly StateEvent[]> {
    return this.backend.watchKindAggregated(kind, options);
  }

  close(): Promise<void> {
    return this.backend.close();
  }

  /**
   * Changes what is stored, again and again until nobody else's write comes between. A change that changes nothing writes
   * nothing, and is then not held against the owner either. Returns what is stored then.
   *
   * Errors: `not-found`, `owner-conflict`, `phase-conflict` (also when nothing would change), and what `change` throws.
   */
  async updateWithConflicts<Spec = unknown>(
    pointer: Pointer,
    change: Change<Spec>,
    options: UpdateOptions = {},
  ): Promise<Resource<Spec>> {
    for (;;) {
      const stored = (await this.backend.get(pointer)) as Resource<Spec>;
      const written = await this.#exchange(stored, change, options);
      if (written !== undefined) return written;
    }
  }

  /** Changes what is stored, or creates it from `initial`, changed, where there is none. Errors as above. */
  async modify<Spec>(
    initial: Resource<Spec>,
    change: Change<Spec>,
    options: UpdateOptions = {},
  ): Promise<Resource<Spec>> {
    const pointer = pointerOf(initial);
    for (;;) {
      const stored = (await this.find(pointer)) as Resource<Spec> | undefined;
      try {
        if (stored === undefined)
          return (await this.backend.create(changed(initial, change), options)) as Resource<Spec>;
        const written = await this.#exchange(stored, change, options);
        if (written !== undefined) return written;
      } catch (error) {
        // One of another name may be missing to the change itself.
        const isRace = isStateError(error, stored === undefined ? 'already-exists' : 'not-found');
        if (!isRace || error.subject?.id !== pointer.id) throw error;
      }
    }
  }

  /** Resolves to the first event, what is there now included, for which the condition holds. Errors: those of the watch, and the signal's reason. */
  async watchFor(pointer: Pointer, condition: Condition, { signal }: Aborting = {}): Promise<Resource> {
    signal?.throwIfAborted();
    using watch = this.backend.watch(pointer, { signal });
    for await (const event of watch) {
      const resource = found(event, condition);
      if (resource !== undefined) return resource;
    }
    signal?.throwIfAborted();
    throw new StateError('closed', `Cannot wait for ${named(pointer)} any more: the state is closed`, pointer);
  }

  /**
   * Says that it is to go. Resolves to whether it may be destroyed now: whether nobody has anything to do with it any
   * more. One that is going already stays as it is. Errors: `not-found`, `owner-conflict`.
   */
  async teardown(pointer: Pointer, options: OwnerOptions = {}): Promise<boolean> {
    if (this.backend.teardown !== undefined) return await this.backend.teardown(pointer, options);
    const stored = await this.backend.get(pointer);
    if (stored.metadata.phase === 'tearing-down') return stored.metadata.finalizers.length === 0;
    const { owner } = options;
    const toGo = (draft: Draft): void => {
      draft.phase = 'tearing-down';
    };
    const { metadata } = await this.updateWithConflicts(pointer, toGo, { owner, expectedPhase: 'any' });
    return metadata.finalizers.length === 0;
  }

  /** Says that it is to go, waits until it may, and destroys it; it is no error when somebody else did. Errors: `not-found`, `owner-conflict`, the signal's reason. */
  async teardownAndDestroy(pointer: Pointer, options: OwnerOptions & Aborting = {}): Promise<void> {
    const { owner, signal } = options;
    if (this.backend.teardownAndDestroy !== undefined) {
      await this.backend.teardownAndDestroy(pointer, {
        ...(owner !== undefined && { owner }),
        ...(signal && { signal }),
      });
      return;
    }
    signal?.throwIfAborted();
    using watch = this.backend.watch(pointer, { signal });
    if ((await this.teardown(pointer, { owner })) && (await this.#destroyIfReady(pointer, owner))) return;
    for await (const event of watch) {
      if (event.type === 'destroyed') return;
      const isReady = 'resource' in event && isGoing(event.resource) && event.resource.metadata.finalizers.length === 0;
      if (isReady && (await this.#destroyIfReady(pointer, owner))) return;
    }
    signal?.throwIfAborted();
    throw new StateError('closed', `Cannot destroy ${named(pointer)} any more: the state is closed`, pointer);
  }

  /** Puts names of those who have something to do before it may go. Whoever it belongs to, and whatever its phase. Errors: `not-found`. */
  addFinalizer(pointer: Pointer, ...names: readonly string[]): Promise<Resource> {
    return this.#changeFinalizers(pointer, (finalizers) => [...finalizers, ...names]);
  }

  /** The opposite. Errors: `not-found`. */
  removeFinalizer(pointer: Pointer, ...names: readonly string[]): Promise<Resource> {
    return this.#changeFinalizers(pointer, (finalizers) => finalizers.filter((name) => !names.includes(name)));
  }

  /**
   * A signal that fires when the resource is to go, goes, or is not there, with an AbortError as its reason. With an error
   * of the watch it fires too, which is its reason then. To be disposed of when it isn't needed any more; then it never
   * fires.
   */
  teardownSignal(pointer: Pointer): { readonly signal: AbortSignal } & Disposable {
    const controller = new AbortController();
    const watch = this.backend.watch(pointer);
    void (async () => {
      try {
        for await (const event of watch) {
          if (event.type !== 'destroyed' && !('resource' in event && isGoing(event.resource))) continue;
          controller.abort(new DOMException(`${named(pointer)} goes`, 'AbortError'));
          return;
        }
      } catch (error) {
        controller.abort(error);
      }
    })();
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => {
        watch.close();
      },
    };
  }

  /** One try; undefined when somebody else wrote meanwhile. */
  async #exchange<Spec>(
    stored: Resource<Spec>,
    change: Change<Spec>,
    options: UpdateOptions,
  ): Promise<Resource<Spec> | undefined> {
    const { expectedPhase = 'running' } = options;
    mustBeIn(stored, expectedPhase);
    const wanted = changed(stored, change);
    if (sameResource(stored, wanted)) return stored;
    try {
      return (await this.backend.update(wanted, { ...options, expectedPhase })) as Resource<Spec>;
    } catch (error) {
      if (isStateError(error, 'version-conflict')) return undefined;
      throw error;
    }
  }

  async #destroyIfReady(pointer: Pointer, owner: string | undefined): Promise<boolean> {
    try {
      await this.backend.destroy(pointer, { owner });
      return true;
    } catch (error) {
      if (isStateError(error, 'not-found')) return true;
      if (isStateError(error, 'pending-finalizers')) return false;
      throw error;
    }
  }

  async #changeFinalizers(
    pointer: Pointer,
    change: (finalizers: readonly string[]) => readonly string[],
  ): Promise<Resource> {
    for (;;) {
      const { owner } = (await this.backend.get(pointer)).metadata;
      const apply = (draft: Draft): void => {
        draft.finalizers = [...change(draft.finalizers)];
      };
      try {
        return await this.updateWithConflicts(pointer, apply, { owner, expectedPhase: 'any' });
      } catch (error) {
        // Another life of it may belong to somebody else.
        if (!isStateError(error, 'owner-conflict')) throw error;
      }
    }
  }
}

function isGoing({ metadata }: Resource): boolean {
  return metadata.phase === 'tearing-down';
}

function mustBeIn({ metadata }: Resource, expected: Phase | 'any'): void {
  if (expected === 'any' || metadata.phase === expected) return;
  const message = `Cannot update ${named(metadata)}: it is ${metadata.phase}, not ${expected}`;
  throw new StateError('phase-conflict', message, metadata);
}

function found(event: StateEvent, { events, phases, finalizersEmpty, matches }: Condition): Resource | undefined {
  const resource = 'resource' in event ? event.resource : undefined;
  if (resource === undefined) return undefined;
  const { phase, finalizers } = resource.metadata;
  const holds =
    (events === undefined || events.includes(event.type)) &&
    (phases === undefined || phases.includes(phase)) &&
    (finalizersEmpty !== true || (finalizers.length === 0 && event.type !== 'destroyed')) &&
    (matches === undefined || matches(resource));
  return holds ? resource : undefined;
}
