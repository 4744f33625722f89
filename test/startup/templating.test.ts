import { describe, expect, test } from 'vitest';
import { fillText, fillValue } from '../../src/startup/templating.ts';
import { wordsOf } from '../../src/startup/words.ts';

const words = wordsOf(
  { NAME: 'web', LOOP: '{NAME}' },
  new Map([
    ['port', '80'],
    ['NAME', 'never'],
    ['quiet', ''],
  ]),
);

describe('fillText()', () => {
  test.each([
    ['{NAME}', 'web'],
    ['http://{NAME}:{port}/', 'http://web:80/'],
    ['{unknown} stays', '{unknown} stays'],
    ['{quiet}', ''],
    ['${NAME} is for the shell', '${NAME} is for the shell'],
    ['{{NAME}} is not meant', '{NAME} is not meant'],
    ['{{unknown}}', '{{unknown}}'],
    ['{LOOP}', '{NAME}'],
    ['{"a":{"b":1}} {}', '{"a":{"b":1}} {}'],
  ])('turns %j into %j', (text, filled) => {
    expect(fillText(text, words)).toBe(filled);
  });
});

describe('fillValue()', () => {
  test('fills texts in lists and tables, however deep, and leaves the rest', () => {
    const value = { a: '{NAME}', b: ['{port}', 1, true, null, ['{NAME}']], c: { d: { '{NAME}': '{NAME}' } }, e: 36 };
    expect(fillValue(value, words)).toEqual({
      ok: true,
      value: { a: 'web', b: ['80', 1, true, null, ['web']], c: { d: { '{NAME}': 'web' } }, e: 36 },
    });
  });

  test('keeps of the keys with conditions those that hold, by variables and kernel options alike', () => {
    const value = {
      'quiet|level': 'low',
      'not(quiet)|level': 'high',
      'and(NAME, port) | url': 'http://{NAME}',
      'missing|gone': 1,
      nested: { 'not(missing)| deep': { 'false|x': 1, y: 2 } },
    };
    expect(fillValue(value, words)).toEqual({
      ok: true,
      value: { level: 'low', url: 'http://web', nested: { deep: { y: 2 } } },
    });
  });

  test('fills templates of a condition before it is looked at', () => {
    expect(fillValue({ '{NAME}|no': 1, 'or({NAME}, NAME)|yes': 1 }, words)).toEqual({ ok: true, value: { yes: 1 } });
  });

  test('refuses a condition that can not be read, and two that hold of one key', () => {
    expect(fillValue({ a: { 'and(|x': 1 } }, words)).toMatchObject({
      ok: false,
      message: expect.stringContaining('"and(|x"'),
    });
    expect(fillValue({ 'true|x': 1, 'quiet|x': 2 }, words)).toEqual({
      ok: false,
      message: 'Cannot tell which value "x" has: more than one condition of it holds',
    });
  });
});
