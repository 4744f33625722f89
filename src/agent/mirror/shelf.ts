import type { ResourceDefinition } from '../../state/define-resource.ts';
import { equal, freeze, type Resource } from '../../state/resource.ts';
import type { State } from '../../state/state.ts';
import { isStateError } from '../../state/state-error.ts';

export interface ShelfOptions<Spec> {
  readonly state: State;
  readonly definition: ResourceDefinition<Spec>;
  /** Who all of it belongs to; nobody else writes it, but for finalizers. */
  readonly owner: string;
  /** Fires when all is over: nothing is waited for then. */
  readonly signal: AbortSignal;
}

/** Shared by all: there are many, and they come and go. */
const NOTHING = Object.freeze({});
const NOBODY = Object.freeze([]);

/**
 * Resources of one type that show something else. What is put twice the same is written once. One that somebody has
 * put a finalizer on goes when that is off, and what was put in its place meanwhile comes after.
 */
export class Shelf<Spec> {
  readonly #options: ShelfOptions<Spec>;
  /** As they were stored last. */
  readonly #stored = new Map<string, Resource<Spec>>();
  /** What comes after one that goes; undefined: nothing. */
  readonly #going = new Map<string, { next: Spec | undefined }>();

  constructor(options: ShelfOptions<Spec>) {
    this.#options = options;
  }

  get size(): number {
    return this.#stored.size;
  }

  get ids(): Iterable<string> {
    return this.#stored.keys();
  }

  has(id: string): boolean {
    return this.#stored.has(id);
  }

  /** The spec is frozen: it belongs to the state from now on. Errors: those of the state. */
  async put(id: string, spec: Spec): Promise<void> {
    const going = this.#going.get(id);
    if (going !== undefined) {
      going.next = spec;
      return;
    }
    const stored = this.#stored.get(id);
    if (stored === undefined) await this.#create(id, spec);
    else if (!equal(stored.spec, spec)) await this.#update(stored, spec);
  }

  /** Errors: those of the state. */
  async remove(id: string): Promise<void> {
    const { state, definition, owner, signal } = this.#options;
    const going = this.#going.get(id);
    if (going !== undefined) going.next = undefined;
    if (!this.#stored.delete(id)) return;
    const pointer = definition.pointer(id);
    try {
      await state.destroy(pointer, { owner });
    } catch (error) {
      if (!isStateError(error, 'pending-finalizers')) throw error;
      this.#going.set(id, { next: undefined });
      state
        .teardownAndDestroy(pointer, { owner, signal })
        .then(() => this.#gone(id))
        .catch(() => this.#going.delete(id));
    }
  }

  async #create(id: string, spec: Spec): Promise<void> {
    const { state, definition, owner } = this.#options;
    const metadata = {
      ...definition.pointer(id),
      version: 0,
      owner: '',
      phase: 'running',
      created: 0,
      updated: 0,
      labels: NOTHING,
      annotations: NOTHING,
      finalizers: NOBODY,
      uid: '',
    } as const;
    const created = await state.create(freeze({ metadata, spec }), { owner });
    this.#stored.set(id, created as Resource<Spec>);
  }

  async #update({ metadata }: Resource<Spec>, spec: Spec): Promise<void> {
    const { state, definition, owner } = this.#options;
    try {
      const updated = await state.update(freeze({ metadata, spec }), { owner });
      this.#stored.set(metadata.id, updated as Resource<Spec>);
    } catch (error) {
      if (!isStateError(error, 'version-conflict')) throw error;
      // Somebody has put a finalizer on it, or taken one off.
      const present = (await state.get(definition.pointer(metadata.id))) as Resource<Spec>;
      await this.#update(present, spec);
    }
  }

  async #gone(id: string): Promise<void> {
    const next = this.#going.get(id)?.next;
    this.#going.delete(id);
    if (next !== undefined) await this.put(id, next);
  }
}
