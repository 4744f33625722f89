import { compareBytes } from './label-query.ts';
import { type Kind, kindKey, type Pointer, type Resource } from './resource.ts';

interface Collection {
  readonly byId: Map<string, Resource>;
  /** By id; missing while it must be put in order again. */
  sorted: readonly Resource[] | undefined;
}

/** What is stored now, in memory. */
export class Collections {
  readonly #collections = new Map<string, Collection>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  find(pointer: Pointer): Resource | undefined {
    return this.#collections.get(kindKey(pointer))?.byId.get(pointer.id);
  }

  /** In the order of the bytes of their ids. */
  all(kind: Kind): readonly Resource[] {
    const collection = this.#collections.get(kindKey(kind));
    if (collection === undefined) return [];
    collection.sorted ??= [...collection.byId.values()].sort((one, other) =>
      compareBytes(one.metadata.id, other.metadata.id),
    );
    return collection.sorted;
  }

  /** How many there are of each kind of which there are any. */
  sizes(): (Kind & { readonly count: number })[] {
    return [...this.#collections.values()].flatMap(({ byId }) => {
      const [first] = byId.values();
      if (first === undefined) return [];
      const { namespace, type } = first.metadata;
      return [{ namespace, type, count: byId.size }];
    });
  }

  put(resource: Resource): void {
    const { metadata } = resource;
    const key = kindKey(metadata);
    let collection = this.#collections.get(key);
    if (collection === undefined) {
      collection = { byId: new Map(), sorted: undefined };
      this.#collections.set(key, collection);
    }
    const before = collection.byId.size;
    collection.byId.set(metadata.id, resource);
    collection.sorted = undefined;
    this.#size += collection.byId.size - before;
  }

  remove(pointer: Pointer): void {
    const key = kindKey(pointer);
    const collection = this.#collections.get(key);
    if (collection?.byId.delete(pointer.id) !== true) return;
    collection.sorted = undefined;
    this.#size -= 1;
    if (collection.byId.size === 0) this.#collections.delete(key);
  }
}
