import { assertNever } from '../../base/assert-never.ts';
import type { OutputItem } from '../../protocol/output.ts';

/** What of an item stands before `limit`; undefined when nothing does. */
export function itemBefore(limit: number, item: OutputItem): OutputItem | undefined {
  if (itemStart(item) >= limit) return undefined;
  switch (item.type) {
    case 'run':
      return item;
    case 'gap':
      return item.to <= limit ? item : { ...item, to: limit };
    case 'bytes':
      if (item.position + item.bytes.length <= limit) return item;
      return { ...item, bytes: item.bytes.subarray(0, limit - item.position) };
    default:
      return assertNever(item);
  }
}

/** Position of an item's beginning. */
function itemStart(item: OutputItem): number {
  return item.type === 'gap' ? item.from : item.position;
}
