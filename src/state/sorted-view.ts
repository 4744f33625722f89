import { compareBytes } from './label-query.ts';
import type { Resource } from './resource.ts';

/** With more changes than this, and than there are resources, putting all in order anew costs less. */
const FEW = 1_024;

/**
 * Resources in the order of the bytes of their ids. What was given out stays as it is; the next one is made of it and of
 * what changed since.
 */
export class SortedView {
  readonly #byId: ReadonlyMap<string, Resource>;
  /** As it was last; missing when it must be made anew. */
  #sorted: readonly Resource[] | undefined;
  readonly #touched = new Set<string>();

  constructor(byId: ReadonlyMap<string, Resource>) {
    this.#byId = byId;
  }

  /** Something of this id was put in or taken out. */
  touch(id: string): void {
    if (this.#sorted === undefined) return;
    this.#touched.add(id);
    if (this.#touched.size <= Math.max(FEW, this.#byId.size)) return;
    this.#sorted = undefined;
    this.#touched.clear();
  }

  all(): readonly Resource[] {
    if (this.#sorted === undefined) this.#sorted = [...this.#byId.values()].sort(byId);
    else if (this.#touched.size > 0) this.#sorted = this.#renewed(this.#sorted);
    this.#touched.clear();
    return this.#sorted;
  }

  #renewed(before: readonly Resource[]): readonly Resource[] {
    const next = before.slice();
    const added: Resource[] = [];
    const gone = new Set<string>();
    for (const id of this.#touched) {
      const at = placeOf(before, id);
      const wasThere = before[at]?.metadata.id === id;
      const resource = this.#byId.get(id);
      if (resource === undefined) {
        if (wasThere) gone.add(id);
      } else if (wasThere) next[at] = resource;
      else added.push(resource);
    }
    const left = gone.size === 0 ? next : next.filter(({ metadata }) => !gone.has(metadata.id));
    return added.length === 0 ? left : merged(left, added.sort(byId));
  }
}

function byId(one: Resource, other: Resource): number {
  return compareBytes(one.metadata.id, other.metadata.id);
}

/** Where an id stands, or would stand. */
function placeOf(sorted: readonly Resource[], id: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(sorted[middle]?.metadata.id ?? '', id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function merged(sorted: readonly Resource[], added: readonly Resource[]): Resource[] {
  const all: Resource[] = [];
  let from = 0;
  const takeUntil = (until: number): void => {
    for (const resource of sorted.slice(from, until)) all.push(resource);
    from = until;
  };
  for (const resource of added) {
    takeUntil(placeOf(sorted, resource.metadata.id));
    all.push(resource);
  }
  takeUntil(sorted.length);
  return all;
}
