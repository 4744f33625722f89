import { expect, test } from 'vitest';
import { parseSystemArguments, SystemArguments, systemTitle } from '../../../src/kinds/system/system-arguments.ts';
import { parseCommand } from '../../../src/protocol/command.ts';

test('`systemTitle()` is name and arguments in one line of at most 200 characters', () => {
  expect(systemTitle({ name: 'sh', args: ['-c', 'echo a;\n  echo\tb'] })).toBe('sh -c echo a; echo b');
  expect(systemTitle({ name: 'true' })).toBe('true');
  const long = systemTitle({ name: 'cat', args: Array.from({ length: 100_000 }, () => 'x'.repeat(1000)) });
  expect(long).toHaveLength(200);
  expect(long).toMatch(/^cat x+…$/);
});

test('`parseSystemArguments()` refuses what no program can be given, naming it', () => {
  const parse = (args: unknown): unknown =>
    parseSystemArguments(parseCommand({ command: 'core.system', arguments: args }));
  expect(() => parse(undefined)).toThrow('Cannot run "core.system" without arguments: "name" says which program');
  expect(() => parse({ name: '' })).toThrow('"name"');
  expect(() => parse({ name: 'a', args: ['x\0y'] })).toThrow('"args.0": must not contain NUL');
  expect(() => parse({ name: 'a', env: { 'A=B': 'c' } })).toThrow('must not contain "="');
  expect(() => parse({ name: 'a', directory: '/' })).toThrow('unknown key "directory"');
  expect(() => parse(['a'])).toThrow('Cannot run "core.system"');
});

test('`SystemArguments` takes null as absent', () => {
  expect(SystemArguments.parse({ name: 'a', args: null, dir: null, env: null, stdin: null, pty: null })).toMatchObject({
    name: 'a',
  });
});
