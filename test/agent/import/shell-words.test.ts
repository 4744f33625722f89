import { expect, test } from 'vitest';

import { shellWords } from '../../../src/agent/import/shell-words.ts';

test.each<[string, string[] | undefined]>([
  ['', []],
  ['  a  b\tc\n', ['a', 'b', 'c']],
  [`--x="a b" 'c "d"' e\\ f ""`, ['--x=a b', 'c "d"', 'e f', '']],
  [`"a\\"b\\\\c\\d" 'a\\b'`, ['a"b\\c\\d', 'a\\b']],
  [`$HOME *.js #x`, ['$HOME', '*.js', '#x']],
  [`"open`, undefined],
  [`it's`, undefined],
])('shellWords() splits %j', (text, words) => {
  expect(shellWords(text)).toEqual(words);
});
