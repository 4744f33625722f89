import { describe, expect, test } from 'vitest';
import { exactByteSize, parseByteSize } from '../../src/base/byte-size.ts';

describe('parseByteSize()', () => {
  test.each([
    ['0 B', 0],
    ['512B', 512],
    ['64 KiB', 65_536],
    ['1.5 MiB', 1_572_864],
    ['4GiB', 4_294_967_296],
    ['1 TiB', 1_099_511_627_776],
  ])('reads %j as %d', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  test.each(['', '5', '5 MB', '5 mib', '-1 B', '0.3 B', '1  KiB', '.5 KiB', '99999999 TiB'])(
    'does not read %j',
    (text) => {
      expect(parseByteSize(text)).toBeUndefined();
    },
  );
});

describe('exactByteSize()', () => {
  test.each([0, 1, 1023, 1024, 1025, 65_536, 1_572_864, 4_294_967_296, Number.MAX_SAFE_INTEGER])(
    'of %d is read back',
    (bytes) => {
      expect(parseByteSize(exactByteSize(bytes))).toBe(bytes);
    },
  );

  test('uses the largest unit that fits', () => {
    expect(exactByteSize(64 * 1024 * 1024)).toBe('64 MiB');
    expect(exactByteSize(1536)).toBe('1536 B');
  });
});
