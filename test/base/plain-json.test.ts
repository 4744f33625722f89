import { describe, expect, test } from 'vitest';
import { plainFromJson, plainToJson } from '../../src/base/plain-json.ts';
import type { JsonValue } from '../../src/base/json.ts';

describe('plainToJson() and plainFromJson()', () => {
  test.each<[string, unknown, JsonValue]>([
    ['bytes', new Uint8Array([0, 1, 255]), { $bytes: 'AAH/' }],
    ['no bytes', new Uint8Array(), { $bytes: '' }],
    ['a large integer', -(2n ** 70n), { $bigint: '-1180591620717411303424' }],
    ['what looks like bytes', { $bytes: 'text' }, { $$bytes: 'text' }],
    ['what looks like that', { $$bigint: [1n] }, { $$$bigint: [{ $bigint: '1' }] }],
    ['a key with a $', { $ref: 1 }, { $ref: 1 }],
    ['more than one member', { $bytes: 1, other: 2 }, { $bytes: 1, other: 2 }],
    ['plain values', [null, true, 1.5, 'x', { a: { b: [] } }], [null, true, 1.5, 'x', { a: { b: [] } }]],
  ])('%s: there and back', (_what, plain, json) => {
    expect(plainToJson(plain)).toEqual(json);
    expect(plainFromJson(json)).toEqual(plain);
  });

  test('what JSON has not is null, and missing members are left out', () => {
    expect(plainToJson([undefined, NaN, Infinity])).toEqual([null, null, null]);
    expect(plainToJson({ a: undefined, b: 1 })).toEqual({ b: 1 });
  });

  test('a key of any name stays a key', () => {
    const value = JSON.parse('{"__proto__": {"a": 1}}') as JsonValue;
    expect(JSON.stringify(plainToJson(plainFromJson(value)))).toBe('{"__proto__":{"a":1}}');
  });

  test.each<JsonValue>([
    { $bytes: 'a' },
    { $bytes: 'AA=A' },
    { $bytes: 7 },
    { $bigint: '1.5' },
    { $bigint: 1 },
    { $bigint: '9'.repeat(10_001) },
  ])('refuses %j', (value) => {
    expect(() => plainFromJson(value)).toThrow(SyntaxError);
  });
});
