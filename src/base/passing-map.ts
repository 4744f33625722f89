interface Cell<Value> {
  value: Value | undefined;
}

/**
 * A map of what comes and goes all the time. What is removed is let go at once.
 *
 * A plain Map makes itself a new table every few removals, and the old one points to the new one. Once one of them is
 * among the old objects it keeps the next alive until all of memory is looked through, with whatever was in it then; so
 * nearly everything that ever was in such a map grows old. Here only an empty cell does.
 */
export class PassingMap<Key extends string | number, Value> {
  readonly #cells = new Map<Key, Cell<Value>>();

  get size(): number {
    return this.#cells.size;
  }

  has(key: Key): boolean {
    return this.#cells.has(key);
  }

  get(key: Key): Value | undefined {
    return this.#cells.get(key)?.value;
  }

  /** One that is known keeps its place in the order. */
  set(key: Key, value: Value): void {
    const cell = this.#cells.get(key);
    if (cell === undefined) this.#cells.set(key, { value });
    else cell.value = value;
  }

  /** False when there was none. */
  delete(key: Key): boolean {
    const cell = this.#cells.get(key);
    if (cell === undefined) return false;
    cell.value = undefined;
    return this.#cells.delete(key);
  }

  clear(): void {
    // Also of an empty one a Map makes itself a new table.
    if (this.#cells.size === 0) return;
    for (const cell of this.#cells.values()) cell.value = undefined;
    this.#cells.clear();
  }

  /** In the order in which they came. What comes or goes meanwhile is seen as in a Map. */
  *[Symbol.iterator](): Generator<[Key, Value]> {
    for (const [key, { value }] of this.#cells) yield [key, value as Value];
  }

  *values(): Generator<Value> {
    for (const { value } of this.#cells.values()) yield value as Value;
  }
}
