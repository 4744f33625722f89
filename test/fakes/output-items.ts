import type { OutputItem, OutputSlice } from '../../src/protocol/output.ts';

/** Reads items as a source of output does: from a position, at most `maxBytes`, `ended` when nothing follows. */
export function readItems(items: readonly OutputItem[], from: number, maxBytes: number, isOver: boolean): OutputSlice {
  const found: OutputItem[] = [];
  let next = from;
  let room = Math.max(1, maxBytes);
  for (const item of items) {
    if (room <= 0) return { items: found, next, ended: false };
    switch (item.type) {
      case 'run':
        if (item.position >= from) found.push(item);
        break;
      case 'gap':
        if (item.to <= from) break;
        found.push({ ...item, from: Math.max(item.from, from) });
        next = item.to;
        break;
      case 'bytes': {
        const skip = Math.max(0, from - item.position);
        if (skip >= item.bytes.length) break;
        const bytes = item.bytes.subarray(skip, skip + room);
        found.push({ ...item, position: item.position + skip, bytes });
        room -= bytes.length;
        next = item.position + skip + bytes.length;
        if (skip + bytes.length < item.bytes.length) return { items: found, next, ended: false };
      }
    }
  }
  return { items: found, next, ended: isOver };
}

/** Position after the last of the items. */
export function endOfItems(items: readonly OutputItem[]): number {
  const last = items.at(-1);
  if (last === undefined) return 0;
  if (last.type === 'gap') return last.to;
  return last.type === 'run' ? last.position : last.position + last.bytes.length;
}
