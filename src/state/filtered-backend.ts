import type { Backend, OwnerOptions, UpdateOptions, WatchKindOptions, WatchOptions } from './backend.ts';
import type { StateEvent, Watch } from './event.ts';
import { findIn } from './find-in.ts';
import type { Query } from './query.ts';
import type { Kind, Pointer, Resource } from './resource.ts';
import { named, StateError } from './state-error.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'destroy';

/** What somebody is about to do. Lists and watches of a kind have no id. */
export interface Access extends Kind {
  readonly id?: string;
  readonly verb: Verb;
}

/** Says why something may not be done; undefined when it may. */
export type Rule = (access: Access) => string | undefined;

/** Asks a rule before each operation. Errors: StateError `denied`, beside those of the backend behind it. */
export class FilteredBackend implements Backend {
  readonly #backend: Backend;
  readonly #rule: Rule;

  constructor(backend: Backend, rule: Rule) {
    this.#backend = backend;
    this.#rule = rule;
  }

  async get(pointer: Pointer): Promise<Resource> {
    this.#mayI('get', pointer);
    return await this.#backend.get(pointer);
  }

  async find(pointer: Pointer): Promise<Resource | undefined> {
    this.#mayI('get', pointer);
    return await findIn(this.#backend, pointer);
  }

  async list(kind: Kind, query?: Query): Promise<readonly Resource[]> {
    this.#mayI('list', kindOf(kind));
    return await this.#backend.list(kind, query);
  }

  async create(resource: Resource, options?: OwnerOptions): Promise<Resource> {
    this.#mayI('create', resource.metadata);
    return await this.#backend.create(resource, options);
  }

  async update(resource: Resource, options?: UpdateOptions): Promise<Resource> {
    this.#mayI('update', resource.metadata);
    return await this.#backend.update(resource, options);
  }

  async destroy(pointer: Pointer, options?: OwnerOptions): Promise<void> {
    this.#mayI('destroy', pointer);
    await this.#backend.destroy(pointer, options);
  }

  watch(pointer: Pointer, options?: WatchOptions): Watch {
    this.#mayI('watch', pointer);
    return this.#backend.watch(pointer, options);
  }

  watchKind(kind: Kind, options?: WatchKindOptions): Watch {
    this.#mayI('watch', kindOf(kind));
    return this.#backend.watchKind(kind, options);
  }

  watchKindAggregated(kind: Kind, options?: WatchKindOptions): Watch<readonly StateEvent[]> {
    this.#mayI('watch', kindOf(kind));
    return this.#backend.watchKindAggregated(kind, options);
  }

  close(): Promise<void> {
    return this.#backend.close();
  }

  #mayI(verb: Verb, { namespace, type, id }: Kind & { readonly id?: string }): void {
    const why = this.#rule({ verb, namespace, type, ...(id !== undefined && { id }) });
    if (why === undefined) return;
    const subject = { namespace, type, id };
    throw new StateError('denied', `Cannot ${verb} ${named(subject)}: ${why}`, subject);
  }
}

/** A pointer may be given where a kind is asked for. */
function kindOf({ namespace, type }: Kind): Kind {
  return { namespace, type };
}
