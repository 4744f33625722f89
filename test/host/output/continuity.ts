import { expect } from 'vitest';

import type { OutputItem } from '../../../src/protocol/output.ts';
import { contentAt } from './content.ts';

/**
 * Items follow each other without hole or overlap from `from` on (to `to`, if given), and bytes are those of their
 * positions. Returns how many positions lie in gaps.
 */
export function expectContinuous(items: readonly OutputItem[], from: number, to?: number): number {
  let position = from;
  let gaps = 0;
  for (const item of items) {
    if (item.type === 'run') {
      expect(item.position).toBe(position);
    } else if (item.type === 'gap') {
      expect(item.from).toBe(position);
      expect(item.to).toBeGreaterThan(item.from);
      gaps += item.to - item.from;
      position = item.to;
    } else {
      expect(item.position).toBe(position);
      expect(item.bytes.length).toBeGreaterThan(0);
      expect(contentAt(position, item.bytes.length).equals(item.bytes)).toBe(true);
      position += item.bytes.length;
    }
  }
  if (to !== undefined) expect(position).toBe(to);
  return gaps;
}
