import { describe, expect, test } from 'vitest';

import { argumentsOfWords } from '../../../src/cli/extension/argument-words.ts';
import { describeExtension } from '../../../src/kinds/extension/extension-process.ts';
import { extensionOf, PARAMETERS } from '../../kinds/extension/manifest-of.ts';

const { arguments: schema } = describeExtension(
  extensionOf({ parameters: { ...PARAMETERS, e: { type: 'integer', enum: [1, 2] }, m: { enum: ['a', 'b'] } } }),
);

describe('arguments as words', () => {
  test.each([
    [[], {}],
    [['s=a=b c'], { s: 'a=b c' }],
    [['s='], { s: '' }],
    [['s=5'], { s: '5' }],
    [['s=-x', 'p=/a'], { s: '-x', p: '/a' }],
    [['i=5', 'n=-1.5e3'], { i: 5, n: -1500 }],
    [['i=five'], { i: 'five' }],
    [['b=true'], { b: true }],
    [['b=yes'], { b: 'yes' }],
    [['l=a', 'l=b c'], { l: ['a', 'b c'] }],
    [['l:=["a", 1]'], { l: ['a', 1] }],
    [['o={"a":1}'], { o: { a: 1 } }],
    [['o=text'], { o: 'text' }],
    [['e=2', 'm=a'], { e: 2, m: 'a' }],
    [['unknown=5'], { unknown: '5' }],
    [['s:=null'], { s: null }],
    [['__proto__=x'], Object.fromEntries([['__proto__', 'x']])],
  ])('%j are %j', (words, args) => {
    expect(argumentsOfWords(words, schema)).toEqual(args);
  });

  test.each([
    [['s'], 'Cannot read "s": key=value or key:=JSON is wanted'],
    [['=a'], 'Cannot read "=a"'],
    [['s=a', 's=b'], '"s" stands twice'],
    [['s:={'], 'Cannot read "s": Cannot read JSON'],
  ])('%j are refused', (words, message) => {
    expect(() => argumentsOfWords(words, schema)).toThrow(message);
  });

  test('are texts where nothing is known of them', () => {
    expect(argumentsOfWords(['a=5', 'b:=5'], undefined)).toEqual({ a: '5', b: 5 });
  });
});
