interface Due {
  readonly key: string;
  readonly due: number;
}

/** Keys by the time at which they are due, the earliest first: a binary heap. A key may be in it several times. */
export class DueTimes {
  readonly #heap: Due[] = [];

  get earliest(): Due | undefined {
    return this.#heap[0];
  }

  push(item: Due): void {
    let at = this.#heap.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#dueAt(parent) <= item.due) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Takes the earliest out. */
  pop(): Due | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || this.#heap.length === 0) return first;
    this.#heap[0] = last;
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const child = this.#dueAt(right) < this.#dueAt(left) ? right : left;
      if (this.#dueAt(child) >= this.#dueAt(at)) return first;
      this.#swap(at, child);
      at = child;
    }
  }

  #dueAt(at: number): number {
    return this.#heap[at]?.due ?? Infinity;
  }

  #swap(one: number, other: number): void {
    const [first, second] = [this.#heap[one], this.#heap[other]];
    if (first === undefined || second === undefined) return;
    this.#heap[one] = second;
    this.#heap[other] = first;
  }
}
