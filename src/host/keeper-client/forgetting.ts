import type { RunKey } from '../launcher.ts';

/** Gathers keys to be forgotten: those of one turn of the loop are told together. */
export class Forgetting {
  readonly #tell: (keys: readonly RunKey[]) => void;
  #keys: RunKey[] = [];

  constructor(tell: (keys: readonly RunKey[]) => void) {
    this.#tell = tell;
  }

  add(key: RunKey): void {
    if (this.#keys.push(key) > 1) return;
    setImmediate(() => {
      this.flush();
    });
  }

  flush(): void {
    if (this.#keys.length === 0) return;
    const keys = this.#keys;
    this.#keys = [];
    this.#tell(keys);
  }
}
