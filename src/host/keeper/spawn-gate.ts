/** Starts under way at once: more make the whole no faster. */
const AT_ONCE = 8;

/** A start that takes longer is stuck, on a dead disk perhaps, and others need not wait for it. */
const STUCK_MS = 500;

/** Each start, stuck or not, takes a thread of the pool; some must be left for files. */
const STUCK_AT_MOST = 8;

/** Lets a few starts through at a time. One that hangs does not hold the others up. */
export class SpawnGate {
  readonly #waiting: (() => void)[] = [];
  #under = 0;
  #stuck = 0;

  /** Resolves when it may begin; disposing what it resolves to says that it is done. */
  async enter(): Promise<Disposable> {
    if (this.#under >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#under += 1;
    return this.#pass();
  }

  #pass(): Disposable {
    let isStuck = false;
    const timer = setTimeout(() => {
      if (this.#stuck >= STUCK_AT_MOST) return;
      isStuck = true;
      this.#stuck += 1;
      this.#leave();
    }, STUCK_MS).unref();
    return {
      [Symbol.dispose]: () => {
        clearTimeout(timer);
        if (isStuck) this.#stuck -= 1;
        else this.#leave();
      },
    };
  }

  /** The next takes the place of the one that leaves. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#under -= 1;
    else next();
  }
}
