import { describe, expect, test } from 'vitest';

import { asciiText, hasUnicode } from '../../../src/cli/terminal/charset.ts';

describe('hasUnicode()', () => {
  test.each([
    [{}, true],
    [{ LANG: 'en_US.UTF-8' }, true],
    [{ LANG: 'en_US.utf8' }, true],
    [{ LANG: 'C' }, false],
    [{ LANG: 'de_DE.ISO-8859-1' }, false],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'POSIX' }, false],
    [{ LANG: 'C', LC_CTYPE: 'C.UTF-8', LC_ALL: '' }, true],
  ])('in %j is %s', (env, is) => {
    expect(hasUnicode(env)).toBe(is);
  });
});

describe('asciiText()', () => {
  test('has one mark for each character it can not show', () => {
    expect(asciiText('a…é😀')).toBe('a~??');
  });
});
