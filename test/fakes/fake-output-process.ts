import type { Process } from '../../src/engine/process.ts';
import type { OutputItem, OutputSlice } from '../../src/protocol/output.ts';
import { endOfItems, readItems } from './output-items.ts';

/** A process that does nothing but have said what it is told to. */
export class FakeOutputProcess implements Process {
  readonly pid = undefined;
  readonly #items: OutputItem[] = [];
  #isOver = false;
  #isForgotten = false;
  /** Holds every read until it resolves. */
  hold: Promise<void> | undefined;
  /** Reads that were asked. */
  reads = 0;

  get items(): readonly OutputItem[] {
    return this.#items;
  }

  get end(): number {
    return endOfItems(this.#items);
  }

  say(...items: readonly OutputItem[]): void {
    this.#items.push(...items);
  }

  /** It ends; nothing more comes. */
  exit(): void {
    this.#isOver = true;
  }

  async read(from: number, maxBytes: number, signal?: AbortSignal): Promise<OutputSlice> {
    this.reads += 1;
    await this.hold;
    signal?.throwIfAborted();
    if (this.#isForgotten) return { items: [], next: from, ended: true };
    return readItems(this.#items, from, maxBytes, this.#isOver);
  }

  async stop(): Promise<void> {
    this.exit();
  }

  forget(): void {
    this.#isForgotten = true;
  }
}
