import type { OwnerOptions, UpdateOptions } from '../backend.ts';
import type { Change } from '../draft.ts';
import type { Query } from '../query.ts';
import { type Kind, type Pointer, pointerOf, type Resource } from '../resource.ts';
import type { State } from '../state.ts';
import { isStateError, named, StateError } from '../state-error.ts';
import type { ControllerCounts } from './controller-counts.ts';
import { type Declared, mayRead, maySetFinalizers, mayWrite } from './declarations.ts';
import type { OutputTracking } from './output-tracking.ts';
import type { ReadCache } from './read-cache.ts';

/** In the name of another owner, or of nobody (''). @default the controller */
type ByOwner = OwnerOptions;

export interface ControllerStateParts {
  readonly state: State;
  /** Asked before each call: it may change. */
  readonly declared: () => Declared;
  readonly counts: ControllerCounts;
  readonly cache: ReadCache;
  readonly tracking: OutputTracking;
  /** Waited for before each write. */
  readonly beforeWrite: () => Promise<void>;
}

/**
 * The state as one controller has it: it reads what it declared as an input or output, writes its outputs, and what it
 * writes is its own. Errors: those of the state, and StateError `denied` for what was not declared.
 */
export class ControllerState {
  readonly #parts: ControllerStateParts;

  constructor(parts: ControllerStateParts) {
    this.#parts = parts;
  }

  /** From the cache, where the kind is cached: then it is at least as new as what woke the controller. */
  async get(pointer: Pointer): Promise<Resource> {
    this.#mayRead(pointer);
    const { cache } = this.#parts;
    return cache.has(pointer) ? await cache.get(pointer) : await this.#counted().get(pointer);
  }

  /** Undefined when there is none. */
  async find(pointer: Pointer): Promise<Resource | undefined> {
    try {
      return await this.get(pointer);
    } catch (error) {
      if (isStateError(error, 'not-found')) return undefined;
      throw error;
    }
  }

  async list(kind: Kind, query?: Query): Promise<readonly Resource[]> {
    const { namespace, type } = kind;
    this.#mayRead({ namespace, type });
    const { cache } = this.#parts;
    return cache.has(kind) ? await cache.list({ namespace, type }, query) : await this.#counted().list(kind, query);
  }

  /** Never from the cache. */
  async getUncached(pointer: Pointer): Promise<Resource> {
    this.#mayRead(pointer);
    return await this.#counted().get(pointer);
  }

  /** Undefined when there is none; never from the cache. */
  async findUncached(pointer: Pointer): Promise<Resource | undefined> {
    this.#mayRead(pointer);
    return await this.#counted().find(pointer);
  }

  /** Never from the cache. */
  async listUncached(kind: Kind, query?: Query): Promise<readonly Resource[]> {
    const { namespace, type } = kind;
    this.#mayRead({ namespace, type });
    return await this.#counted().list({ namespace, type }, query);
  }

  /** See {@link State.teardownSignal}. */
  teardownSignal(pointer: Pointer): { readonly signal: AbortSignal } & Disposable {
    this.#mayRead(pointer);
    return this.#counted().teardownSignal(pointer);
  }

  async create(resource: Resource, options: ByOwner = {}): Promise<Resource> {
    return await this.#write('create', resource.metadata, true, (state) => state.create(resource, this.#by(options)));
  }

  async update(resource: Resource, options: UpdateOptions = {}): Promise<Resource> {
    return await this.#write('update', resource.metadata, true, (state) =>
      state.update(resource, { ...options, ...this.#by(options) }),
    );
  }

  async modify<Spec>(
    initial: Resource<Spec>,
    change: Change<Spec>,
    options: UpdateOptions = {},
  ): Promise<Resource<Spec>> {
    return await this.#write('modify', initial.metadata, true, (state) =>
      state.modify(initial, change, { ...options, ...this.#by(options) }),
    );
  }

  async teardown(pointer: Pointer, options: ByOwner = {}): Promise<boolean> {
    return await this.#write('tear down', pointer, false, (state) => state.teardown(pointer, this.#by(options)));
  }

  async destroy(pointer: Pointer, options: ByOwner = {}): Promise<void> {
    await this.#write('destroy', pointer, false, (state) => state.destroy(pointer, this.#by(options)));
  }

  async addFinalizer(pointer: Pointer, ...names: readonly string[]): Promise<void> {
    this.#maySetFinalizers(pointer);
    await this.#parts.beforeWrite();
    await this.#counted().addFinalizer(pointer, ...names);
  }

  /** One that is gone has none. */
  async removeFinalizer(pointer: Pointer, ...names: readonly string[]): Promise<void> {
    this.#maySetFinalizers(pointer);
    await this.#parts.beforeWrite();
    try {
      await this.#counted().removeFinalizer(pointer, ...names);
    } catch (error) {
      if (!isStateError(error, 'not-found')) throw error;
    }
  }

  /**
   * From now on what is created, updated or modified is remembered, whether that succeeds or not; see
   * {@link cleanUpOutputs}. Errors: TypeError when it is on already.
   */
  trackOutputs(): void {
    this.#parts.tracking.begin();
  }

  /**
   * Destroys what this controller owns of these kinds and has not written since {@link trackOutputs}, and ends that; a
   * failure after that counts as the first. Nothing is torn down first: not for outputs on which others put finalizers. Errors: TypeError when it is not on.
   */
  async cleanUpOutputs(...kinds: readonly Kind[]): Promise<void> {
    const touched = this.#parts.tracking.end();
    const { controller } = this.#parts.declared();
    for (const kind of kinds) {
      for (const { metadata } of await this.listUncached(kind)) {
        if (metadata.owner === controller && !touched.has(metadata))
          await this.destroy(pointerOf({ metadata, spec: {} }));
      }
    }
  }

  async #write<Answer>(
    verb: string,
    pointer: Pointer,
    isKept: boolean,
    write: (state: State) => Promise<Answer>,
  ): Promise<Answer> {
    await this.#parts.beforeWrite();
    const declared = this.#parts.declared();
    if (!mayWrite(declared, pointer)) throw this.#denied(verb, pointer, 'it is none of its outputs');
    if (isKept) this.#parts.tracking.touch(pointer);
    return await write(this.#counted());
  }

  #by({ owner = this.#parts.declared().controller }: ByOwner): { readonly owner: string } {
    return { owner };
  }

  /** The state; what is asked of the backend is counted there. */
  #counted(): State {
    return this.#parts.state;
  }

  #mayRead(what: Kind & { readonly id?: string }): void {
    if (!mayRead(this.#parts.declared(), what))
      throw this.#denied('read', what, 'it is none of its inputs and outputs');
  }

  #maySetFinalizers(pointer: Pointer): void {
    if (maySetFinalizers(this.#parts.declared(), pointer)) return;
    throw this.#denied('set finalizers of', pointer, 'it is none of its strong inputs');
  }

  #denied(verb: string, subject: Kind & { readonly id?: string }, why: string): StateError {
    const { controller } = this.#parts.declared();
    return new StateError('denied', `The controller "${controller}" cannot ${verb} ${named(subject)}: ${why}`, subject);
  }
}
