import { describe, expect, test } from 'vitest';

import { compression } from '../../src/state/compression.ts';
import { encryption } from '../../src/state/encryption.ts';
import { isStateError } from '../../src/state/state-error.ts';

const damaged = expect.toSatisfy((error) => isStateError(error, 'damaged')) as Error;
const text = Buffer.from('{"a":1}'.repeat(1_000));

describe('encryption', () => {
  const box = encryption(Buffer.alloc(32, 1));

  test('gives back what it was given, and each time other bytes', () => {
    const [one, other] = [box.wrap(text, 'name'), box.wrap(text, 'name')];
    expect(Buffer.from(one).equals(other)).toBe(false);
    expect(Buffer.from(one).includes('{"a":1}')).toBe(false);
    expect(box.unwrap(one, 'name')).toEqual(text);
  });

  test('refuses another key, another place, and any byte that was changed', () => {
    const bytes = Buffer.from(box.wrap(Buffer.from('secret'), 'name'));
    expect(() => encryption(Buffer.alloc(32, 2)).unwrap(bytes, 'name')).toThrow(damaged);
    expect(() => box.unwrap(bytes, 'other')).toThrow(damaged);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => box.unwrap(changed, 'name')).toThrow(damaged);
    }
    expect(() => box.unwrap(bytes.subarray(0, 13), 'name')).toThrow(damaged);
  });

  test('needs a key of 32 bytes', () => {
    expect(() => encryption(new Uint8Array(16))).toThrow('16 bytes');
  });
});

describe('compression', () => {
  test('leaves small things as they are and packs large ones', () => {
    const packing = compression();
    expect(packing.wrap(Buffer.from('{}'), 'n')).toEqual(Buffer.from('{}'));
    const packed = packing.wrap(text, 'n');
    expect(packed.length).toBeLessThan(200);
    expect(Buffer.from(packing.unwrap(packed, 'n'))).toEqual(text);
    expect(packing.unwrap(Buffer.from('{}'), 'n')).toEqual(Buffer.from('{}'));
  });

  test('refuses what is packed otherwise, or broken', () => {
    const packing = compression();
    expect(() => packing.unwrap(Buffer.from([0, 1, 2]), 'n')).toThrow(damaged);
    const packed = packing.wrap(text, 'n');
    expect(() => packing.unwrap(packed.subarray(0, packed.length - 3), 'n')).toThrow(damaged);
  });
});
