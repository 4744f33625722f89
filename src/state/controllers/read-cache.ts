import { Collections } from '../collections.ts';
import { compileQuery, type Query } from '../query.ts';
import { type Kind, kindKey, type Pointer, type Resource } from '../resource.ts';
import { mustBeThere } from '../transitions.ts';

/** What is kept of some kinds, fed with every change of them before anybody hears of it. */
export class ReadCache {
  readonly #stored = new Collections();
  /** Kinds that are kept, and when what was there at the beginning is known. */
  readonly #kinds = new Map<string, PromiseWithResolvers<void>>();
  readonly #ready = new Set<string>();

  /** From now on a kind is kept; reads wait until {@link fill}. */
  keep(kind: Kind): void {
    const key = kindKey(kind);
    if (!this.#kinds.has(key)) this.#kinds.set(key, Promise.withResolvers());
  }

  has(kind: Kind): boolean {
    return this.#kinds.has(kindKey(kind));
  }

  get size(): number {
    return this.#stored.size;
  }

  /** What is there; what is not among it is gone. */
  fill(kind: Kind, resources: readonly Resource[]): void {
    const there = new Set(resources.map(({ metadata }) => metadata.id));
    for (const { metadata } of this.#stored.all(kind)) if (!there.has(metadata.id)) this.#stored.remove(metadata);
    for (const resource of resources) this.#stored.put(resource);
    const key = kindKey(kind);
    this.#ready.add(key);
    this.#kinds.get(key)?.resolve();
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
    const key = kindKey(kind);
    if (!this.#ready.has(key)) await this.#kinds.get(key)?.promise;
  }
}
