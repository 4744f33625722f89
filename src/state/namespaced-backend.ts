import type { Backend, OwnerOptions, UpdateOptions, WatchKindOptions, WatchOptions } from './backend.ts';
import type { StateEvent, Watch } from './event.ts';
import { findIn } from './find-in.ts';
import type { Query } from './query.ts';
import type { Kind, Pointer, Resource } from './resource.ts';
import { StateError } from './state-error.ts';

/** Gives the backend of a namespace, made when it is first asked for; undefined when there is no such namespace. */
export type Route = (namespace: string) => Backend | undefined;

/** Keeps each namespace where `route` says. */
export class NamespacedBackend implements Backend {
  readonly #route: Route;
  readonly #backends = new Map<string, Backend>();
  #isClosed = false;

  constructor(route: Route) {
    this.#route = route;
  }

  async get(pointer: Pointer): Promise<Resource> {
    return await this.#of(pointer).get(pointer);
  }

  async find(pointer: Pointer): Promise<Resource | undefined> {
    return await findIn(this.#of(pointer), pointer);
  }

  async list(kind: Kind, query?: Query): Promise<readonly Resource[]> {
    return await this.#of(kind).list(kind, query);
  }

  async create(resource: Resource, options?: OwnerOptions): Promise<Resource> {
    return await this.#of(resource.metadata).create(resource, options);
  }

  async update(resource: Resource, options?: UpdateOptions): Promise<Resource> {
    return await this.#of(resource.metadata).update(resource, options);
  }

  async destroy(pointer: Pointer, options?: OwnerOptions): Promise<void> {
    await this.#of(pointer).destroy(pointer, options);
  }

  watch(pointer: Pointer, options?: WatchOptions): Watch {
    return this.#of(pointer).watch(pointer, options);
  }

  watchKind(kind: Kind, options?: WatchKindOptions): Watch {
    return this.#of(kind).watchKind(kind, options);
  }

  watchKindAggregated(kind: Kind, options?: WatchKindOptions): Watch<readonly StateEvent[]> {
    return this.#of(kind).watchKindAggregated(kind, options);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...new Set(this.#backends.values())].map((backend) => backend.close()));
  }

  /** Errors: StateError `bad-request` for a namespace that is nowhere. */
  #of({ namespace, type }: Kind): Backend {
    if (this.#isClosed) throw new StateError('closed', 'Cannot use the state: it is closed');
    const known = this.#backends.get(namespace);
    if (known !== undefined) return known;
    const backend = this.#route(namespace);
    if (backend === undefined) {
      throw new StateError('bad-request', `Cannot use the namespace "${namespace}": there is none`, {
        namespace,
        type,
      });
    }
    this.#backends.set(namespace, backend);
    return backend;
  }
}
