import { type Pointer, pointerKey } from '../resource.ts';

/** Which outputs a controller has written since it began to keep count. */
export class OutputTracking {
  #touched: Set<string> | undefined;
  #ended = 0;

  /** How often it was ended. */
  get ended(): number {
    return this.#ended;
  }

  /** Errors: TypeError when it is on already. */
  begin(): void {
    if (this.#touched !== undefined) throw new TypeError('Cannot track outputs: they are tracked already');
    this.#touched = new Set();
  }

  touch(pointer: Pointer): void {
    this.#touched?.add(pointerKey(pointer));
  }

  /** Errors: TypeError when it is not on. */
  end(): { has(pointer: Pointer): boolean } {
    const touched = this.#touched;
    if (touched === undefined) throw new TypeError('Cannot clean outputs up: they were not tracked');
    this.#touched = undefined;
    this.#ended += 1;
    return { has: (pointer) => touched.has(pointerKey(pointer)) };
  }

  /** What was begun is forgotten. */
  drop(): void {
    this.#touched = undefined;
  }
}
