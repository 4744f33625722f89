import { execFileSync } from 'node:child_process';

import { describe, expect, test } from 'vitest';

import { refuseArguments } from '../../src/host/spawn-arguments.ts';

const fine = { name: 'true', args: [], env: {}, cwd: '/' };

describe('refuseArguments()', () => {
  test('has nothing against ordinary ones', () => {
    expect(refuseArguments({ ...fine, args: ['', 'a b', '\n', 'ž'], env: { A: '', B: 'x=y' } })).toBeUndefined();
  });

  test.each([
    ['the program name', { name: 'a\0' }],
    ['argument 2', { args: ['a', 'b\0c'] }],
    ['variable "A"', { env: { A: '\0' } }],
    ['the working directory', { cwd: '/\0' }],
  ])('names %s when it holds a NUL', (what, parts) => {
    expect(refuseArguments({ ...fine, ...parts })).toEqual({
      type: 'failed',
      failure: 'bad-arguments',
      message: `Cannot start the program: ${what} holds a NUL character`,
    });
  });

  test.each(['', 'A=B'])('refuses "%s" as a name of a variable', (name) => {
    expect(refuseArguments({ ...fine, env: { [name]: 'x' } })?.message).toBe(
      `Cannot start the program: "${name}" is no name for a variable`,
    );
  });

  test('knows the limit of a single argument to the byte, which is not that of characters', () => {
    const longest = 'é'.repeat(65_535) + 'e';
    expect(Buffer.byteLength(longest)).toBe(131_071);
    expect(refuseArguments({ ...fine, args: [longest] })).toBeUndefined();
    expect(execFileSync('/bin/echo', ['-n', longest]).length).toBe(131_071);
    expect(refuseArguments({ ...fine, args: ['a', `${longest}e`] })?.message).toBe(
      'Cannot start the program: argument 2 has 131072 bytes, the limit is 131071',
    );
    expect(() => execFileSync('/bin/true', [`${longest}e`])).toThrow('E2BIG');
  });

  test('knows the limit of a single variable with its name', () => {
    expect(refuseArguments({ ...fine, env: { NAME: 'x'.repeat(131_071 - 5) } })).toBeUndefined();
    expect(refuseArguments({ ...fine, env: { NAME: 'x'.repeat(131_071 - 4) } })?.message).toContain('variable "NAME"');
  });

  test('knows the limit of all together', () => {
    const args = Array.from({ length: 80 }, () => 'x'.repeat(100_000));
    expect(refuseArguments({ ...fine, args })?.message).toMatch(
      /^Cannot start the program: arguments and environment have \d+ bytes, the limit is \d+$/,
    );
    expect(() => execFileSync('/bin/true', args, { env: {} })).toThrow('E2BIG');
  });
});
