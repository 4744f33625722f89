import { Collections } from '../collections.ts';
import { compileQuery, type Query } from '../query.ts';
import { KindMap } from '../kind-map.ts';
import type { Kind, Pointer, Resource } from '../resource.ts';
import { mustBeThere } from '../transitions.ts';

/** What is kept of some kinds, fed with every change of them before anybody hears of it. */
export class ReadCache {
  readonly #stored = new Collections();
  /** Kinds that are kept, and when what was there at the beginning is known. */
  readonly #kinds = new KindMap<PromiseWithResolvers<void>>();
  readonly #ready = new KindMap<true>();

  /** From now on a kind is kept; reads wait until {@link fill}. */
  keep(kind: Kind): void {
    if (!this.#kinds.has(kind)) this.#kinds.set(kind, Promise.withResolvers());
  }

  has(kind: Kind): boolean {
    return this.#kinds.has(kind);
  }

  get size(): number {
    return this.#stored.size;
  }

  /** What is there; what is not among it is gone. */
  fill(kind: Kind, resources: readonly Resource[]): void {
    const there = new Set(resources.map(({ metadata }) => metadata.id));
    for (const { metadata } of this.#stored.all(kind)) if (!there.has(metadata.id)) this.#stored.remove(metadata);
    for (const resource of resources) this.#stored.put(resource);
    this.#ready.set(kind, true);
    this.#kinds.get(kind)?.resolve();
  }

  put(resource: Resource): void {
    this.#stored.put(resource);
  }

  remove(pointer: Pointer): void {
    this.#stored.remove(pointer);
  }

  /** Errors: StateError `not-found`. */
  async get(pointer: Pointer): Promise<Resource> {
    await this.#whenReady(pointer);
    return mustBeThere(this.#stored.find(pointer), pointer, 'get');
  }

  async list(kind: Kind, query: Query = {}): Promise<readonly Resource[]> {
    await this.#whenReady(kind);
    const matches = compileQuery(query);
    const all = this.#stored.all(kind);
    return matches === undefined ? all : all.filter(matches);
  }

  async #whenReady(kind: Kind): Promise<void> {
    if (!this.#ready.has(kind)) await this.#kinds.get(kind)?.promise;
  }
}
