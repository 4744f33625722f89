import { describe, expect, test } from 'vitest';

import {
  checkLabelQueries,
  compareBytes,
  type LabelOperation,
  type LabelTerm,
  matchesLabels,
} from '../../src/state/label-query.ts';

function asks(term: LabelTerm, labels: Record<string, string>): boolean {
  return matchesLabels([[term]], labels);
}

describe('a query', () => {
  test('of no terms, and a list of no queries, match everything', () => {
    expect(matchesLabels([], {})).toBe(true);
    expect(matchesLabels([[]], {})).toBe(true);
  });

  test.each(['lt', 'lte', 'lt-numeric', 'lte-numeric'] as const)(
    'by "%s" says nothing of a missing label, inverted or not',
    (operation) => {
      for (const invert of [true, false]) {
        expect(asks({ key: 'a', operation, values: ['1'], invert }, {})).toBe(false);
      }
    },
  );

  test('that is inverted matches a missing label by equality, sets and existence', () => {
    for (const operation of ['equal', 'in', 'exists'] as const) {
      expect(asks({ key: 'a', operation, values: ['1'], invert: true }, {})).toBe(true);
    }
  });

  test('asks of own labels only', () => {
    expect(asks({ key: 'constructor', operation: 'exists' }, {})).toBe(false);
  });

  test('that compares with nothing is refused, naming the label', () => {
    for (const operation of ['equal', 'lt', 'lte', 'lt-numeric', 'lte-numeric'] satisfies LabelOperation[]) {
      expect(() => {
        checkLabelQueries([[{ key: 'weight', operation }]]);
      }).toThrow('"weight"');
    }
    checkLabelQueries([[{ key: 'a', operation: 'in' }], [{ key: 'a', operation: 'exists' }]]);
  });
});

describe('numbers', () => {
  test.each([
    ['10kg', 10_000n],
    ['4GiB', 4n * 1024n ** 3n],
    ['4GB', 4_000_000_000n],
    ['1 Ki', 1024n],
    ['-1 k', -1000n],
    [' 7 ', 7n],
    ['2pib', 2n * 1024n ** 5n],
    ['99999999999999999999k', 99_999_999_999_999_999_999_000n],
  ])('%s is %d', (text, number) => {
    const term = (values: string[]): LabelTerm => ({ key: 'n', operation: 'lte-numeric', values });
    expect(asks(term([String(number)]), { n: text })).toBe(true);
    expect(asks({ ...term([String(number)]), operation: 'lt-numeric' }, { n: text })).toBe(false);
  });

  test.each(['1.1 k', '1 i', '1 1', '', 'k', '--1'])('"%s" is none, so nothing can be said of it', (text) => {
    for (const invert of [true, false]) {
      expect(asks({ key: 'n', operation: 'lt-numeric', values: ['5'], invert }, { n: text })).toBe(false);
    }
  });
});

test('texts are ordered by their bytes, which is not the order of JavaScript', () => {
  const texts = ['', 'a', 'ab', 'b', 'é', '\u{ffff}', '\u{10000}', '\u{1f600}'];
  for (const one of texts) {
    for (const other of texts) {
      expect(Math.sign(compareBytes(one, other))).toBe(Buffer.compare(Buffer.from(one), Buffer.from(other)));
    }
  }
});
