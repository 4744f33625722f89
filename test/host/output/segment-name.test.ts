import { describe, expect, test } from 'vitest';

import { segmentName, segmentsAmong } from '../../../src/host/output/segment-name.ts';

describe('segmentName() and segmentsAmong()', () => {
  test('sort as positions do, runs of the same position by number', () => {
    const names = [segmentName(2 ** 52, 1), segmentName(7, 10), segmentName(7, 9), segmentName(0, 1)];
    const files = names.map((name) => ({ name, size: 20 }));
    expect(segmentsAmong(files).map(({ start, run }) => [start, run])).toEqual([
      [0, 1],
      [7, 9],
      [7, 10],
      [2 ** 52, 1],
    ]);
  });

  test('leave out what is no segment', () => {
    const names = ['notes.txt', '7-1.out', '0000000000000007.out', '0000000000000007-1.out.swp', '.out', ''];
    expect(segmentsAmong(names.map((name) => ({ name, size: 1 })))).toEqual([]);
  });
});
