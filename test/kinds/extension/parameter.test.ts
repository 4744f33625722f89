import { describe, expect, test } from 'vitest';

import { Parameter, valueSchema } from '../../../src/kinds/extension/parameter.ts';

const accepts = (parameter: object, value: unknown): boolean =>
  valueSchema(Parameter.parse(parameter)).safeParse(value).success;

describe('the values of a parameter', () => {
  test.each([
    [{}, ['', 'a', '-x', 'a\nb'], [1, true, ['a'], {}, 'a\0b']],
    [{ type: 'path' }, ['a', '-x', '/'], ['', 1, 'a\0']],
    [{ type: 'integer' }, [0, -5, 9_007_199_254_740_991], [1.5, '1', 9_007_199_254_740_992, 1e300, true]],
    [{ type: 'number' }, [0, 1.5, 1e300], ['1', Infinity, Number.NaN]],
    [{ type: 'boolean' }, [true, false], ['true', 0, 1]],
    [{ type: 'list' }, [[], ['a', 1, true, { a: 1 }, ['b']]], ['a', {}, [null], ['a\0']]],
    [{ type: 'object' }, [{}, { a: null }], ['{}', [], 1, null]],
    [{ enum: ['a', 'b'] }, ['a', 'b'], ['c', '', 'A']],
    [{ type: 'integer', enum: [1, 2] }, [1, 2], [3, '1']],
    [{ type: 'list', enum: ['a'] }, [[], ['a', 'a']], [['b'], 'a']],
    [{ pattern: '[a-z]+' }, ['abc'], ['abc1', 'abc\n', '', 'A']],
    [{ pattern: 'a|b' }, ['a', 'b'], ['ab', 'xa']],
    [{ type: 'list', pattern: '[a-z]' }, [['a']], [['a', 'bb']]],
  ])('%j fits and does not fit what it should', (parameter, fitting, others) => {
    expect(fitting.filter((value) => !accepts(parameter, value))).toEqual([]);
    expect(others.filter((value) => accepts(parameter, value))).toEqual([]);
  });

  test('a pattern takes time by the length of the text only, whatever the pattern', () => {
    expect(accepts({ pattern: '(a+)+b' }, 'a'.repeat(5000))).toBe(false);
  });
});

describe('a parameter', () => {
  test.each([
    [{ type: 'text' }, 'expected one of "string"|"integer"'],
    [{ type: 'integer', pattern: 'a' }, '"pattern" is for texts and lists, this is "integer"'],
    [{ pattern: '(' }, '"pattern" can\'t be read'],
    [{ pattern: '(?=a)' }, '"pattern" can\'t be read'],
    [{ type: 'integer', enum: [1, 'two'] }, '"enum" holds "two", which is no "integer"'],
    [{ type: 'integer', default: 'a' }, '"default" does not fit'],
    [{ enum: ['a'], default: 'b' }, '"default" does not fit'],
    [{ type: 'list', default: 'a' }, '"default" does not fit'],
    [{ required: true, default: 'a' }, '"required" and "default" contradict each other'],
    [{ requird: true }, 'Unrecognized key'],
  ])('%j is refused', (parameter, message) => {
    const messages = Parameter.safeParse(parameter).error?.issues.map((issue) => issue.message);
    expect(messages).toEqual([expect.stringContaining(message)]);
  });
});
