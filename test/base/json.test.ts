import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { DEFAULT_JSON_BOUNDS, parseJson, parseTrustedJson } from '../../src/base/json.ts';

describe('parseJson()', () => {
  test('reads what JSON.stringify wrote', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes('__proto__'));
        expect(parseJson(text)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
  });

  test('never throws, whatever the text', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof parseJson(text).ok === 'boolean'));
  });

  test.each([
    ['', /^Cannot read JSON: /],
    ['{"a":1,}', /^Cannot read JSON: /],
    ['{"a":1,"a":2}', 'Cannot read JSON: the key "a" stands twice in one object'],
    [String.raw`{"a":1,"\u0061":2}`, 'Cannot read JSON: the key "a" stands twice in one object'],
    ['[{"b":{"a":1,"c":":","a":2}}]', 'Cannot read JSON: the key "a" stands twice in one object'],
    ['{"__proto__":{}}', 'Cannot read JSON: the key "__proto__" is not allowed'],
    [String.raw`{"\u005f_proto__" : 1}`, 'Cannot read JSON: the key "__proto__" is not allowed'],
    ['[[[[1]]]]', 'Cannot read JSON: nested deeper than 3'],
    ['{"a":{"b":[{}]}}', 'Cannot read JSON: nested deeper than 3'],
    ['{"a":1,"b":2,"c":3,"d":4,"e":5}', 'Cannot read JSON: more than 4 keys'],
    ['[{"a":1},{"a":1},{"a":1},{"a":1},{"a":1}]', 'Cannot read JSON: more than 4 keys'],
  ])('refuses %s', (text, message) => {
    const parsed = parseJson(text, { depth: 3, keys: 4 });
    expect(parsed.ok ? '' : parsed.message).toMatch(message);
  });

  test.each([
    ['{"a":{"a":1},"b":[{"a":2}]}'],
    [String.raw`{"a":"{\"a\":1,\"a\":2}","b":"\\","c":"\\\""}`],
    ['{"a":"a:","b":"[[[[[["}'],
    ['"__proto__"'],
    ['{"a":"__proto__"}'],
    ['[[[]],[[]]]'],
  ])('takes %s', (text) => {
    expect(parseJson(text, { depth: 3, keys: 4 })).toEqual({ ok: true, value: JSON.parse(text) });
  });

  test('takes what is just within its own bounds and refuses what is just beyond, however far', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    const { depth } = DEFAULT_JSON_BOUNDS;
    expect([depth, depth + 1, 100_000].map((deep) => parseJson(nested(deep)).ok)).toEqual([true, false, false]);
  });
});

describe('parseTrustedJson()', () => {
  test('throws when the text is damaged', () => {
    expect(parseTrustedJson('{"a":[1]}')).toEqual({ a: [1] });
    expect(() => parseTrustedJson('{"a":')).toThrow(SyntaxError);
  });
});
