import { describe, expect, test } from 'vitest';

import { formatBytes } from '../../src/cli/sizes.ts';

describe('formatBytes()', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1_468_006, '1.4 MiB'],
    [128_849_018_880, '120 GiB'],
  ])('shows %d as "%s"', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
