import { describe, expect, test } from 'vitest';

import { parseSignal, signalNames, signalNumber } from '../../src/protocol/signals.ts';

describe('parseSignal()', () => {
  test.each([
    ['TERM', 'SIGTERM'],
    ['SIGTERM', 'SIGTERM'],
    ['sigkill', 'SIGKILL'],
    ['9', 'SIGKILL'],
    [15, 'SIGTERM'],
  ])('takes %j for %s', (value, signal) => {
    expect(parseSignal(value)).toBe(signal);
  });

  test.each(['', '0', 'SIG', 'NOPE', 'toString', 0, -9, 1.5, 999])('knows no signal %j', (value) => {
    expect(parseSignal(value)).toBeUndefined();
  });

  test('reads every name and every number of this platform', () => {
    for (const name of signalNames()) {
      expect(parseSignal(name)).toBe(name);
      expect(signalNumber(parseSignal(signalNumber(name)) ?? 'SIGKILL')).toBe(signalNumber(name));
    }
  });
});
