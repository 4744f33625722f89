import { describe, expect, test } from 'vitest';

import { parseSignal, signalName, signalNames, signalNumber } from '../../src/protocol/signals.ts';

describe('parseSignal()', () => {
  test.each([
    ['TERM', 'SIGTERM'],
    ['SIGTERM', 'SIGTERM'],
    ['sigkill', 'SIGKILL'],
    ['9', 'SIGKILL'],
    ['sig40', 'SIG40'],
    [64, 'SIG64'],
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

describe('signalName()', () => {
  test('is what every signal is called, those without a name too', () => {
    for (let number = 1; number <= 64; number += 1) expect(signalNumber(signalName(number))).toBe(number);
    expect([6, 17, 29, 40].map(signalName)).toEqual(['SIGABRT', 'SIGCHLD', 'SIGIO', 'SIG40']);
  });
});
