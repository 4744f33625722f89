import { decodeItems } from '../../host/output/record-codec.ts';
import type { OutputItem } from '../../protocol/output.ts';

/**
 * What was found from a position on. `marks` stand at `next`: of runs whose bytes, if any, are
 * elsewhere. A mark is handed out with what follows it, so that reading on never gives it twice.
 */
export interface RowSlice {
  readonly items: readonly OutputItem[];
  readonly next: number;
  readonly marks: readonly OutputItem[];
}

/** The output a job's row holds: of runs so small that they have no file. */
export class RowOutput {
  readonly #items: readonly OutputItem[];

  /** `parts` are encoded items, oldest first. */
  constructor(parts: readonly Uint8Array[]) {
    this.#items = parts.flatMap(decodeItems);
  }

  /** Position after the last byte held; 0 when there is none. */
  get end(): number {
    const last = this.#items.at(-1);
    return last === undefined ? 0 : endOf(last);
  }

  /** Items from a position on without a hole, at most about `maxBytes`. */
  read(from: number, maxBytes: number): RowSlice {
    const items: OutputItem[] = [];
    let next = from;
    let room = Math.max(1, maxBytes);
    for (const item of this.#items) {
      if (startOf(item) > next || room <= 0) break;
      if (item.type === 'run') {
        if (item.position >= next) items.push(item);
        continue;
      }
      const part = partFrom(item, next, room);
      if (part === undefined) continue;
      items.push(part);
      next = endOf(part);
      if (part.type === 'bytes') room -= part.bytes.length;
    }
    const marksFrom = items.findLastIndex((item) => item.type !== 'run') + 1;
    return { items: items.slice(0, marksFrom), next, marks: items.slice(marksFrom) };
  }

  /** Where the row goes on after a position it does not hold. */
  nextAfter(position: number): number | undefined {
    return this.#items.map(startOf).find((start) => start > position);
  }
}

function startOf(item: OutputItem): number {
  return item.type === 'gap' ? item.from : item.position;
}

function endOf(item: OutputItem): number {
  return item.type === 'gap' ? item.to : item.type === 'run' ? item.position : item.position + item.bytes.length;
}

function partFrom(item: Exclude<OutputItem, { type: 'run' }>, from: number, room: number): OutputItem | undefined {
  if (endOf(item) <= from) return undefined;
  if (item.type === 'gap') return { ...item, from: Math.max(item.from, from) };
  const skip = Math.max(0, from - item.position);
  if (skip === 0 && item.bytes.length <= room) return item;
  return { ...item, position: item.position + skip, bytes: item.bytes.subarray(skip, skip + room) };
}
