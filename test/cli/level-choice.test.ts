import { describe, expect, test } from 'vitest';

import { readLevels } from '../../src/cli/level-choice.ts';

describe('readLevels()', () => {
  test.each([
    [[], undefined],
    [['warning'], [7]],
    [
      ['8', '2'],
      [2, 8],
    ],
    [['7-9'], [7, 8, 9]],
    [
      ['stdout,stderr', '2'],
      [1, 2],
    ],
    [['0-255'], Array.from({ length: 256 }, (_, level) => level)],
  ])('of %j are %j', (words, levels) => {
    expect(readLevels(words)).toEqual(levels);
  });

  test.each([
    ['warnin', /did you mean "warning"\?/],
    ['256', /a number from 0 to 255/],
    ['9-7', /a range such as 7-9/],
    ['', /Cannot read --level ""/],
  ])('refuses "%s"', (word, message) => {
    expect(() => readLevels([word])).toThrow(message);
  });
});
