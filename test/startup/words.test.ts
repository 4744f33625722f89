import { expect, test } from 'vitest';
import { wordsOf } from '../../src/startup/words.ts';

test('wordsOf() finds variables before kernel options, and nothing that is inherited', () => {
  const words = wordsOf(
    { A: 'variable', GONE: undefined },
    new Map([
      ['A', 'option'],
      ['GONE', 'option'],
      ['quiet', ''],
    ]),
  );
  expect(['A', 'GONE', 'quiet', 'toString', 'other'].map((name) => words.find(name))).toEqual([
    'variable',
    'option',
    '',
    undefined,
    undefined,
  ]);
});
