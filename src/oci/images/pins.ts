/** Digests that somebody is at work with: they are not removed, whether anything refers to them yet or not. */
import type { Digest } from './digest.ts';

export class Pins {
  readonly #counts = new Map<Digest, number>();

  /** Holds digests until it is disposed of; more can be added. */
  hold(...digests: Digest[]): Hold {
    const held: Digest[] = [];
    const add = (...more: Digest[]): void => {
      for (const digest of more) this.#counts.set(digest, (this.#counts.get(digest) ?? 0) + 1);
      held.push(...more);
    };
    add(...digests);
    return {
      add,
      [Symbol.dispose]: () => {
        for (const digest of held.splice(0)) {
          const left = (this.#counts.get(digest) ?? 1) - 1;
          if (left === 0) this.#counts.delete(digest);
          else this.#counts.set(digest, left);
        }
      },
    };
  }

  has(digest: Digest): boolean {
    return this.#counts.has(digest);
  }
}

export interface Hold extends Disposable {
  add(...digests: Digest[]): void;
}
