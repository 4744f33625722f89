import { describe, expect, test } from 'vitest';
import { readCallArguments } from '../../src/cli/call-arguments.ts';

const SCHEMA = {
  properties: {
    id: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    signal: { anyOf: [{ anyOf: [{ type: 'string' }, { type: 'integer' }] }, { type: 'null' }] },
    pid: { type: 'integer' },
    tags: { anyOf: [{ type: 'array' }, { type: 'null' }] },
  },
};

describe('readCallArguments()', () => {
  test.each([
    [[], undefined],
    [['{"pid": 1}'], { pid: 1 }],
    [['pid=1', 'id=2'], { pid: 1, id: '2' }],
    [['signal=9'], { signal: '9' }],
    [['tags=["a"]', 'id='], { tags: ['a'], id: '' }],
    [['other=true', 'more=a=b'], { other: true, more: 'a=b' }],
  ])('reads %j as %j', (words, args) => {
    expect(readCallArguments(words, SCHEMA)).toEqual(args);
  });

  test.each([
    [['{"pid": 1'], 'Cannot read the arguments: '],
    [['{"pid": 1, "pid": 2}'], 'Cannot read the arguments: '],
    [['{"pid": 1}', 'id=2'], 'Cannot read the argument "{"pid": 1}"'],
    [['pid=1', 'x'], 'Cannot read the argument "x"'],
  ])('refuses %j', (words, message) => {
    expect(() => readCallArguments(words, SCHEMA)).toThrow(message);
  });
});
