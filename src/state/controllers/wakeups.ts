/** Events of a controller: however many come while it is busy, it is woken once. */
export class Wakeups implements AsyncIterable<void> {
  #isPending = true;
  #reader: PromiseWithResolvers<IteratorResult<void, undefined>> | undefined;
  #isClosed = false;
  readonly #onTaken: () => void;

  /** `onTaken`: each time the controller is woken. */
  constructor(onTaken: () => void) {
    this.#onTaken = onTaken;
  }

  wake(): void {
    this.#isPending = true;
    this.#hand();
  }

  close(): void {
    this.#isClosed = true;
    this.#reader?.resolve({ done: true, value: undefined });
    this.#reader = undefined;
  }

  [Symbol.asyncIterator](): AsyncIterator<void, undefined> {
    return {
      next: () => {
        if (this.#isClosed) return Promise.resolve({ done: true, value: undefined });
        this.#reader ??= Promise.withResolvers();
        const { promise } = this.#reader;
        this.#hand();
        return promise;
      },
    };
  }

  #hand(): void {
    if (!this.#isPending || this.#reader === undefined) return;
    this.#isPending = false;
    this.#onTaken();
    this.#reader.resolve({ done: false, value: undefined });
    this.#reader = undefined;
  }
}
