import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStatistics } from '../../../src/engine/streams/statistics-line.ts';

describe('parseStatistics()', () => {
  test.each([
    ['cpu:1.5|A', { key: 'cpu', value: 1.5, operation: 'A', tags: [] }],
    [' cpu :2|D', { key: 'cpu', value: 2, operation: 'D', tags: [] }],
    ['k:-1e3|A|', { key: 'k', value: -1000, operation: 'A', tags: [] }],
    [
      'k:.5|A|id=eth0,type=phys,flag,a=b=c',
      {
        key: 'k',
        value: 0.5,
        operation: 'A',
        id: 'eth0',
        tags: [
          { name: 'type', value: 'phys' },
          { name: 'flag', value: '' },
          { name: 'a', value: 'b=c' },
        ],
      },
    ],
  ])('reads "%s"', (text, sample) => {
    expect(parseStatistics(text)).toEqual(sample);
  });

  test.each([
    '',
    'cpu',
    'cpu:1',
    'cpu|A',
    'cpu: 1|A',
    'cpu:1|B',
    'cpu:1|A\n',
    ':1|A',
    'cpu:|A',
    'cpu:x|A',
    'cpu:NaN|A',
    'cpu:1e999|A',
    'cpu:0x10|A',
    'a:1|A|t=1|more',
  ])('reads nothing from "%s"', (text) => {
    expect(parseStatistics(text)).toBeUndefined();
  });

  test('never throws', () => {
    fc.assert(
      fc.property(
        fc
          .array(fc.oneof(fc.constantFrom('|', ':', 'A', 'D', '1', ',', '=', 'id'), fc.string()))
          .map((parts) => parts.join('')),
        (text) => {
          expect(() => parseStatistics(text)).not.toThrow();
        },
      ),
    );
  });
});
