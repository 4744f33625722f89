import { describe, expect, test } from 'vitest';

import type { JsonValue } from '../../../src/base/json.ts';
import { PARAMETERS, resolved } from './manifest-of.ts';

const argsOf = (args: readonly unknown[], values: JsonValue = {}): readonly string[] =>
  resolved({ args, parameters: PARAMETERS }, values).args ?? [];

describe('each entry of "args"', () => {
  test('is one argument, whatever its values hold', () => {
    expect(argsOf(['{s}', '--x={s}', 'end'], { s: 'a b; $(c) "d"\n' })).toEqual([
      ...['a b; $(c) "d"\n', '--x=a b; $(c) "d"\n', 'end'],
    ]);
    expect(argsOf(['{s}'], { s: '' })).toEqual(['']);
  });

  test('renders values sanely', () => {
    expect(argsOf(['{i}', '{n}', '{b}', '{o}'], { i: 1_000_000, n: 0.1, b: false, o: { a: [1] } })).toEqual([
      ...['1000000', '0.1', 'false', '{"a":[1]}'],
    ]);
  });

  test('is left out when a value is absent', () => {
    expect(argsOf(['a', '{s}', '--n={n}', '{s}{n}', 'z'], { n: 1, s: null })).toEqual(['a', '--n=1', 'z']);
  });

  test('with a list is one argument for each of its items', () => {
    expect(argsOf(['{l}'], { l: ['a b', 1e6, true, { k: 1 }] })).toEqual(['a b', '1000000', 'true', '{"k":1}']);
    expect(argsOf(['--x={l}', '{s}:{l}'], { l: ['a', 'b'], s: 's' })).toEqual(['--x=a', '--x=b', 's:a', 's:b']);
    expect(argsOf(['a', '{l}', 'z'], { l: [] })).toEqual(['a', 'z']);
    expect(argsOf(['a', '{l}', 'z'])).toEqual(['a', 'z']);
  });

  test('with "when" is there when its parameter is given and not false', () => {
    const args = [
      { when: 'b', args: ['-v', '--level={i}'] },
      { when: 's', args: ['--', '{s}'] },
    ];
    expect(argsOf(args, { b: true, i: 2 })).toEqual(['-v', '--level=2']);
    expect(argsOf(args, { b: false, i: 2, s: '' })).toEqual(['--', '']);
    expect(argsOf(args)).toEqual([]);
  });

  test('that begins with a path is never an option', () => {
    expect(argsOf(['{p}', '--in={p}'], { p: '-rf' })).toEqual(['./-rf', '--in=-rf']);
    expect(argsOf(['{p}'], { p: '/a' })).toEqual(['/a']);
    expect(argsOf(['{p}'], { p: '-' })).toEqual(['./-']);
  });
});

describe('what stands around the arguments', () => {
  const manifest = {
    binary: 'true',
    cwd: '{p}',
    env: { A: 'x{s}', B: '{n}', C: 'c' },
    stdin: 'in: {s}\n',
    parameters: PARAMETERS,
  };

  test('is filled the same way', () => {
    expect(resolved(manifest, { p: '/w', s: '1', n: 2 })).toEqual({
      name: 'true',
      args: [],
      dir: '/w',
      env: { A: 'x1', B: '2', C: 'c' },
      stdin: 'in: 1\n',
      secrets: [],
    });
  });

  test('is left out when a value is absent', () => {
    expect(resolved(manifest)).toEqual({ name: 'true', args: [], env: { C: 'c' }, secrets: [] });
  });

  test('begins where the manifest is, as far as the manifest says it', () => {
    const relative = { binary: './bin/tool', cwd: 'jobs/{s}', parameters: PARAMETERS };
    expect(resolved(relative, { s: 'a' })).toMatchObject({ name: '/ext/bin/tool', dir: '/ext/jobs/a' });
    expect(resolved({ cwd: '{p}', parameters: PARAMETERS }, { p: 'rel' })).toMatchObject({ dir: 'rel' });
  });

  test('has the limits of the manifest', () => {
    const fixed = {
      user: 'nobody',
      nice: 5,
      rlimits: { core: 0 },
      cgroup: { pids: 9 },
      pty: { columns: 80, rows: 24 },
    };
    expect(resolved({ ...fixed, open_stdin: true, redact: false })).toEqual({
      name: 'true',
      args: [],
      ...fixed,
      rlimits: { core: { soft: 0, hard: 0 } },
      open_stdin: true,
      redact: false,
      secrets: [],
    });
  });

  test('lets callers refer to the secrets that the manifest refers to, and to no others', () => {
    const own = { args: ['{secret:a}', 'x'], env: { T: 'secret:b', U: '{s}' }, parameters: PARAMETERS };
    expect(resolved(own).secrets).toEqual(['a', 'b']);
    expect(resolved({ ...own, secrets: ['c'] }).secrets).toEqual(['c']);
    expect(resolved({ ...own, secrets: 'any' }).secrets).toBeUndefined();
  });
});
