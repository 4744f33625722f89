import { describe, expect, test } from 'vitest';

import { readOptionValue } from '../../src/cli/option-values.ts';

describe('readOptionValue()', () => {
  const base = { value: 'X', summary: '' };

  test('names the nearest choice, or all of them', () => {
    const spec = { ...base, type: 'text', choices: ['running', 'queued'] } as const;
    expect(readOptionValue('--state', spec, 'running')).toBe('running');
    expect(() => readOptionValue('--state', spec, 'runing')).toThrow(
      'Cannot read --state "runing": did you mean "running"?',
    );
    expect(() => readOptionValue('--state', spec, 'xyz')).toThrow('one of running, queued');
  });

  test('tells the range of a number', () => {
    const read = (text: string, min?: number, max?: number) =>
      readOptionValue(
        '--n',
        { ...base, type: 'integer', ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) },
        text,
      );
    expect(read('7')).toBe(7);
    expect(() => read('x')).toThrow('a whole number in digits is wanted');
    expect(() => read('-1', 0)).toThrow('a whole number from 0 is wanted');
    expect(() => read('9007199254740993')).toThrow('is wanted');
  });

  test('reads signals by name and number', () => {
    const spec = { ...base, type: 'signal' } as const;
    expect(['TERM', 'sigint', '9'].map((text) => readOptionValue('--signal', spec, text))).toEqual([
      'SIGTERM',
      'SIGINT',
      'SIGKILL',
    ]);
  });

  test('reads JSON and says where it is broken', () => {
    const spec = { ...base, type: 'json' } as const;
    expect(readOptionValue('--args', spec, '[1,null]')).toEqual([1, null]);
    expect(() => readOptionValue('--args', spec, '{"a":1,"a":2}')).toThrow(
      'Cannot read --args: the key "a" stands twice',
    );
  });
});
