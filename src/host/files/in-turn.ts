/** Lets work on one thing happen one after the other, in the order it was asked for. */
export class InTurn {
  #last: Promise<unknown> = Promise.resolve();
  #left = 0;

  /** Nothing is under way or waits. */
  get isIdle(): boolean {
    return this.#left === 0;
  }

  /** Does `work` when all before it has ended, whatever came of that. */
  do<T>(work: () => Promise<T>): Promise<T> {
    this.#left += 1;
    const done = this.#last.then(work);
    this.#last = done
      .catch(() => undefined)
      .finally(() => {
        this.#left -= 1;
      });
    return done;
  }
}
