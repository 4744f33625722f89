import type { OutputItem, OutputSlice } from '../../protocol/output.ts';

/** The beginning of a run's output, as the keeper told it without being asked. */
export class EarlyOutput {
  readonly #start: number;
  readonly #items: OutputItem[] = [];
  #end: number;
  #hasEnded = false;

  constructor(start: number) {
    this.#start = start;
    this.#end = start;
  }

  /** Bytes of output held. */
  get size(): number {
    return this.#end - this.#start;
  }

  /** Adds what was told from `from` on; what does not follow what is here is left out. */
  add(from: number, { items, next, ended }: OutputSlice): void {
    if (from !== this.#end || this.#hasEnded) return;
    this.#items.push(...items);
    this.#end = next;
    this.#hasEnded = ended;
  }

  /** Reads like a launcher; undefined when the answer is not here. */
  read(from: number, maxBytes: number): OutputSlice | undefined {
    if (from > this.#end || (from === this.#end && !this.#hasEnded)) return undefined;
    const items: OutputItem[] = [];
    let next = from;
    for (const item of this.#items) {
      if (next - from >= maxBytes) break;
      const part = partOf(item, next, maxBytes - (next - from), this.#start === from);
      if (part === undefined) continue;
      items.push(part);
      next = endOf(part, next);
    }
    return { items, next, ended: this.#hasEnded && next >= this.#end };
  }
}

/** The part of an item from a position on, at most `room` bytes of it. The run's mark stands before its first byte. */
function partOf(item: OutputItem, from: number, room: number, isFromStart: boolean): OutputItem | undefined {
  if (item.type === 'run') return isFromStart && item.position === from ? item : undefined;
  if (endOf(item, from) <= from) return undefined;
  if (item.type === 'gap') return { ...item, from: Math.max(item.from, from) };
  const skip = Math.max(0, from - item.position);
  if (skip === 0 && item.bytes.length <= room) return item;
  return { ...item, position: item.position + skip, bytes: item.bytes.subarray(skip, skip + room) };
}

function endOf(item: OutputItem, at: number): number {
  if (item.type === 'run') return at;
  return item.type === 'gap' ? item.to : item.position + item.bytes.length;
}
