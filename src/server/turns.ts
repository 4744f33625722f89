/**
 * Who of a connection's subscriptions may fetch output next. Each fetches one piece per turn of the
 * loop, in the order they asked, so a busy one neither starves the others nor the rest of the agent.
 */
export class Turns {
  readonly #hasRoom: () => boolean;
  #waiting: (() => void)[] = [];
  #isScheduled = false;
  #isClosed = false;

  constructor(hasRoom: () => boolean) {
    this.#hasRoom = hasRoom;
  }

  /** Resolves when the caller may fetch a piece. After {@link close} it resolves at once. */
  take(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.wake();
    });
  }

  /** To be called when there may be room again. */
  wake(): void {
    if (this.#isScheduled || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    setImmediate(this.#release);
  }

  /** Lets everybody go. */
  close(): void {
    this.#isClosed = true;
    for (const go of this.#waiting.splice(0)) go();
  }

  readonly #release = (): void => {
    this.#isScheduled = false;
    if (!this.#hasRoom()) return;
    const ready = this.#waiting;
    this.#waiting = [];
    for (const go of ready) go();
  };
}
