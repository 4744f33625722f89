import { describe, expect, test } from 'vitest';

import { COMMANDS, describeCommands } from '../../src/cli/command-table.ts';
import { commandHelp, overview } from '../../src/cli/help.ts';
import { plainPaint } from '../../src/cli/paint.ts';
import { wrap } from '../../src/cli/wrap.ts';

describe('overview() and commandHelp()', () => {
  test.each([40, 80, 200])('fit %d columns, but for words and command lines that are longer', async (width) => {
    const screen = { width, paint: plainPaint };
    const lines = [
      overview(COMMANDS, screen),
      ...(await describeCommands()).map((command) => commandHelp(command, screen)),
    ].flat();
    const own = lines.filter((line) => !/^ {2}\S.*corex |^ {2}corex |^ {2,6}-|^ {20}|https?:/.test(line));
    for (const line of own)
      expect(line.length, line).toBeLessThanOrEqual(Math.min(width, 100) + (width === 40 ? 4 : 0));
  });
});

describe('wrap()', () => {
  test('breaks at spaces only', () => {
    expect(wrap('one two three-and-a-long-word four', 9)).toEqual(['one two', 'three-and-a-long-word', 'four']);
    expect(wrap('', 9)).toEqual(['']);
  });
});
