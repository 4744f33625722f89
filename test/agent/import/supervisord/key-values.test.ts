import { expect, test } from 'vitest';

import { readKeyValues } from '../../../../src/agent/import/supervisord/key-values.ts';

test('readKeyValues() reads pairs, quoted or not', () => {
  expect(readKeyValues(`A="1, 2",B='x="y"',\n C=plain text , D=,E=a=b`, 'it')).toEqual({
    A: '1, 2',
    B: 'x="y"',
    C: 'plain text',
    D: '',
    E: 'a=b',
  });
  expect(readKeyValues('', 'it')).toEqual({});
  expect(readKeyValues('A="1",', 'it')).toEqual({ A: '1' });
});

test.each(['A', 'A="1" B="2"', '="x"'])('readKeyValues() refuses %j', (text) => {
  expect(() => readKeyValues(text, 'it')).toThrow(/^Cannot convert it: ".*" is no KEY="value"$/);
});
