import type { Kind } from './resource.ts';

/** A value for each kind: by the names themselves, so that nothing is put together for each look. */
export class KindMap<Value> {
  readonly #namespaces = new Map<string, Map<string, Value>>();

  get isEmpty(): boolean {
    return this.#namespaces.size === 0;
  }

  get({ namespace, type }: Kind): Value | undefined {
    return this.#namespaces.get(namespace)?.get(type);
  }

  has({ namespace, type }: Kind): boolean {
    return this.#namespaces.get(namespace)?.has(type) === true;
  }

  set({ namespace, type }: Kind, value: Value): void {
    let types = this.#namespaces.get(namespace);
    if (types === undefined) {
      types = new Map();
      this.#namespaces.set(namespace, types);
    }
    types.set(type, value);
  }

  delete({ namespace, type }: Kind): void {
    const types = this.#namespaces.get(namespace);
    if (types?.delete(type) === true && types.size === 0) this.#namespaces.delete(namespace);
  }

  values(): Value[] {
    return [...this.#namespaces.values()].flatMap((types) => [...types.values()]);
  }
}
