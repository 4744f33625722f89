import type { OutputArchive } from '../../src/engine/output-archive.ts';
import type { OutputItem, OutputSlice } from '../../src/protocol/output.ts';
import { endOfItems, readItems } from './output-items.ts';

/** Finished output in memory. */
export class FakeOutputArchive implements OutputArchive {
  readonly #items = new Map<string, OutputItem[]>();
  /** How often it was read. */
  reads = 0;

  add(uid: string, items: readonly OutputItem[]): void {
    this.#items.set(uid, [...(this.#items.get(uid) ?? []), ...items]);
  }

  async read(uid: string, from: number, maxBytes: number, signal?: AbortSignal): Promise<OutputSlice> {
    this.reads += 1;
    signal?.throwIfAborted();
    return readItems(this.#items.get(uid) ?? [], from, maxBytes, true);
  }

  async end(uid: string): Promise<number> {
    return endOfItems(this.#items.get(uid) ?? []);
  }

  directory(uid: string): string {
    return `/nowhere/${uid}`;
  }

  encode(items: OutputSlice['items']): Uint8Array {
    return Buffer.from(JSON.stringify(items));
  }
}
