import { describe, expect, test } from 'vitest';

import { hiddenTexts } from '../../../src/security/secrets/hidden-texts.ts';

describe('hiddenTexts()', () => {
  test('are the value and how it is commonly written', () => {
    const value = 'p@ss"word/+long';
    const texts = hiddenTexts(value);
    expect(texts[0]).toBe(value);
    expect(texts).toContain('p@ss\\"word/+long');
    expect(texts).toContain('p%40ss%22word%2F%2Blong');
    expect(Buffer.from(`user:${value}`).toString('base64')).toSatisfy((written: string) =>
      texts.some((text) => written.includes(text)),
    );
    expect(new Set(texts).size).toBe(texts.length);
  });

  test('are the lines of a value, too, but not what says that it is a key', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\nAA==\n-----END PRIVATE KEY-----';
    const texts = hiddenTexts(key);
    expect(texts).toEqual(expect.arrayContaining([key, 'MIIEvQIBADANBg', 'kqhkiG9w0BAQEF']));
    expect(texts).not.toContain('AA==');
    expect(texts).not.toContain('-----BEGIN PRIVATE KEY-----');
  });

  test('are none for a value that stands everywhere', () => {
    expect(hiddenTexts('yes')).toEqual([]);
    expect(hiddenTexts('abcd')).toEqual(['abcd']);
  });

  test('are the value alone when it is very long', () => {
    expect(hiddenTexts('x'.repeat(5000))).toEqual(['x'.repeat(5000)]);
  });
});
