import { KindMap } from './kind-map.ts';
import type { Kind, Pointer, Resource } from './resource.ts';
import { SortedView } from './sorted-view.ts';

interface Collection {
  readonly byId: Map<string, Resource>;
  readonly view: SortedView;
}

/** What is stored now, in memory. */
export class Collections {
  readonly #collections = new KindMap<Collection>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  find(pointer: Pointer): Resource | undefined {
    return this.#collections.get(pointer)?.byId.get(pointer.id);
  }

  /** In the order of the bytes of their ids. */
  all(kind: Kind): readonly Resource[] {
    const collection = this.#collections.get(kind);
    return collection === undefined ? [] : collection.view.all();
  }

  /** How many there are of each kind of which there are any. */
  sizes(): (Kind & { readonly count: number })[] {
    return this.#collections.values().flatMap(({ byId }) => {
      const [first] = byId.values();
      if (first === undefined) return [];
      const { namespace, type } = first.metadata;
      return [{ namespace, type, count: byId.size }];
    });
  }

  put(resource: Resource): void {
    const { metadata } = resource;
    let collection = this.#collections.get(metadata);
    if (collection === undefined) {
      const byId = new Map<string, Resource>();
      collection = { byId, view: new SortedView(byId) };
      this.#collections.set(metadata, collection);
    }
    const before = collection.byId.size;
    collection.byId.set(metadata.id, resource);
    collection.view.touch(metadata.id);
    this.#size += collection.byId.size - before;
  }

  remove(pointer: Pointer): void {
    const collection = this.#collections.get(pointer);
    if (collection?.byId.delete(pointer.id) !== true) return;
    collection.view.touch(pointer.id);
    this.#size -= 1;
    if (collection.byId.size === 0) this.#collections.delete(pointer);
  }
}
