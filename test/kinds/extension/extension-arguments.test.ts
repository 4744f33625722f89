import { describe, expect, test } from 'vitest';

import type { JsonValue } from '../../../src/base/json.ts';
import { argumentsJsonSchema, parseExtensionArguments } from '../../../src/kinds/extension/extension-arguments.ts';
import { extensionOf } from './manifest-of.ts';

const MANIFEST = {
  args: ['{script}', '{count}', '{mode}', '{args}'],
  parameters: {
    script: { required: true, description: 'What to run.' },
    count: { type: 'integer', default: 3 },
    mode: { enum: ['fast', 'safe'] },
    args: { type: 'list' },
  },
};

const parse = (args: JsonValue | undefined, manifest: object = MANIFEST) =>
  Object.fromEntries(parseExtensionArguments(extensionOf(manifest), args));

describe('`parseExtensionArguments()`', () => {
  test('fills in defaults, and takes null as absent', () => {
    expect(parse({ script: 'a', args: ['x'] })).toEqual({ script: 'a', count: 3, args: ['x'] });
    expect(parse({ script: '', count: null, mode: null })).toEqual({ script: '', count: 3 });
    expect(parse(undefined, {})).toEqual({});
  });

  test.each([
    [undefined, '"script" is missing'],
    [{}, '"script" is missing'],
    [{ script: null }, '"script" is missing'],
    [{ scirpt: 'a' }, 'unknown key "scirpt", did you mean "script"?'],
    [{ script: 'a', toString: 'x' }, 'unknown key "toString"'],
    [{ script: 7 }, '"script": '],
    [{ script: 'a', count: 1.5 }, '"count": '],
    [{ script: 'a', count: '3' }, '"count": '],
    [{ script: 'a', mode: 'quick' }, '"mode": '],
    [{ script: 'a', args: 'x' }, '"args": '],
    [{ script: 'a', args: [null] }, '"args.0": expected a text without NUL'],
    [{ script: 'a\0' }, '"script": must not contain NUL'],
    [['a'], 'its arguments are an object of parameters'],
    ['a', 'its arguments are an object of parameters'],
  ])('refuses %j', (args, message) => {
    expect(() => parse(args as JsonValue)).toThrow(
      expect.objectContaining({
        code: 'bad-arguments',
        message: expect.stringMatching(/^Cannot run "try": /) as string,
      }) as Error,
    );
    expect(() => parse(args as JsonValue)).toThrow(message);
  });

  test('wants exactly one of a group', () => {
    const manifest = { args: ['{a}', '{b}'], parameters: { a: {}, b: {} }, one_of: [['a', 'b']] };
    expect(parse({ a: 'x', b: null }, manifest)).toEqual({ a: 'x' });
    expect(() => parse({}, manifest)).toThrow('exactly one of "a", "b" is wanted, not none');
    expect(() => parse({ a: 'x', b: 'y' }, manifest)).toThrow('exactly one of "a", "b" is wanted, not "a", "b"');
  });
});

describe('`argumentsJsonSchema()`', () => {
  test('tells what a command takes', () => {
    expect(argumentsJsonSchema(extensionOf(MANIFEST))).toMatchObject({
      type: 'object',
      additionalProperties: false,
      required: ['script'],
      properties: {
        script: { type: 'string', description: 'What to run.' },
        count: { default: 3 },
        args: { anyOf: [{ type: 'array' }, { type: 'null' }] },
      },
    });
  });

  test('tells of groups and patterns', () => {
    const group = { args: ['{a}', '{b}'], parameters: { a: { pattern: 'x+' }, b: {} }, one_of: [['a', 'b']] };
    expect(argumentsJsonSchema(extensionOf(group))).toMatchObject({
      oneOf: [{ required: ['a'] }, { required: ['b'] }],
      properties: { a: { anyOf: [{ pattern: '^(?:x+)$' }, { type: 'null' }] } },
    });
  });
});
