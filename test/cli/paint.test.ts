import { describe, expect, test } from 'vitest';

import { choosePaint } from '../../src/cli/paint.ts';

const red = '\x1b[31mx\x1b[39m';

describe('choosePaint()', () => {
  test.each([
    ['a terminal', true, {}, red],
    ['a pipe', false, {}, 'x'],
    ['NO_COLOR', true, { NO_COLOR: '1' }, 'x'],
    ['an empty NO_COLOR', true, { NO_COLOR: '' }, red],
    ['TERM=dumb', true, { TERM: 'dumb' }, 'x'],
    ['FORCE_COLOR on a pipe', false, { FORCE_COLOR: '1' }, red],
    ['FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, 'x'],
  ])('suits %s', (_, isTerminal, env, painted) => {
    expect(choosePaint(isTerminal, env)('bad', 'x')).toBe(painted);
  });
});
