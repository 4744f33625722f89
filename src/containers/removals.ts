/** Called with why a removal failed, and whether what could not be undone was to be let go. */
type Listener = (error: unknown, wasForced: boolean) => void;

/** Removals that fail are tried again for as long as it takes: who waits for one hears why. */
export class Removals {
  readonly #listeners = new Map<string, Set<Listener>>();

  failed(id: string, error: unknown, wasForced: boolean): void {
    for (const listener of this.#listeners.get(id) ?? []) listener(error, wasForced);
  }

  listen(id: string, listener: Listener): Disposable {
    const all = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, all.add(listener));
    return {
      [Symbol.dispose]: () => {
        all.delete(listener);
        if (all.size === 0) this.#listeners.delete(id);
      },
    };
  }
}
