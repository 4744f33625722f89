import { describe, expect, test } from 'vitest';

import { encodeItems } from '../../../src/host/output/record-codec.ts';
import type { OutputItem } from '../../../src/protocol/output.ts';
import { RowOutput } from '../../../src/store/output/row-output.ts';

const mark = (run: number, position: number): OutputItem => ({ type: 'run', run, position, epoch: run });
const bytes = (text: string, position: number): OutputItem => ({
  type: 'bytes',
  stream: 'stdout',
  position,
  epoch: 5,
  bytes: Buffer.from(text),
});
const gap = (from: number, to: number): OutputItem => ({ type: 'gap', from, to });

const row = new RowOutput([
  encodeItems([mark(1, 0), bytes('abcd', 0), bytes('ef', 4)]),
  encodeItems([mark(2, 6)]),
  encodeItems([mark(3, 6), gap(6, 9), bytes('jk', 9)]),
  encodeItems([mark(5, 100), bytes('xyz', 100)]),
  encodeItems([mark(6, 103)]),
]);

describe('RowOutput', () => {
  test('knows its end', () => {
    expect(row.end).toBe(103);
    expect(new RowOutput([]).end).toBe(0);
  });

  test('reads across parts as far as there is no hole', () => {
    expect(row.read(0, 1000)).toEqual({
      items: [mark(1, 0), bytes('abcd', 0), bytes('ef', 4), mark(2, 6), mark(3, 6), gap(6, 9), bytes('jk', 9)],
      next: 11,
      marks: [],
    });
  });

  test('reads from within an item, and no more than asked', () => {
    expect(row.read(2, 3)).toEqual({ items: [bytes('cd', 2), bytes('e', 4)], next: 5, marks: [] });
    expect(row.read(7, 1)).toEqual({ items: [gap(7, 9), bytes('j', 9)], next: 10, marks: [] });
  });

  test('keeps marks apart that stand where it stopped', () => {
    expect(row.read(4, 2)).toEqual({ items: [bytes('ef', 4)], next: 6, marks: [] });
    expect(row.read(6, 100).items.slice(0, 2)).toEqual([mark(2, 6), mark(3, 6)]);
    expect(row.read(100, 1000)).toEqual({ items: [mark(5, 100), bytes('xyz', 100)], next: 103, marks: [mark(6, 103)] });
    expect(row.read(103, 10)).toEqual({ items: [], next: 103, marks: [mark(6, 103)] });
  });

  test('has nothing where it has a hole, and tells where it goes on', () => {
    expect(row.read(11, 10)).toEqual({ items: [], next: 11, marks: [] });
    expect(row.nextAfter(11)).toBe(100);
    expect(row.nextAfter(103)).toBeUndefined();
  });

  test('takes damaged parts as absent', () => {
    expect(new RowOutput([Buffer.from('not ours'), encodeItems([bytes('ok', 7)])]).read(7, 10).next).toBe(9);
  });

  test.each([1, 2, 3, 5, 100])('read on by %i bytes gives everything once', (size) => {
    const seen: OutputItem[] = [];
    let position = 0;
    for (;;) {
      const { items, next } = row.read(position, size);
      if (next === position) break;
      seen.push(...items);
      position = next;
    }
    expect(seen.filter(({ type }) => type === 'run')).toEqual([mark(1, 0), mark(2, 6), mark(3, 6)]);
    expect(seen.map((item) => (item.type === 'bytes' ? Buffer.from(item.bytes).toString() : '')).join('')).toBe(
      'abcdefjk',
    );
  });
});
