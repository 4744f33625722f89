import { describe, expect, test } from 'vitest';

import { readManifest } from '../../../src/kinds/extension/manifest.ts';
import { extensionOf, PARAMETERS } from './manifest-of.ts';

describe('`readManifest()`', () => {
  test('needs nothing but a program', () => {
    expect(readManifest({ binary: 'uptime' }, { name: 'up.time', directory: '/d' })).toMatchObject({
      name: 'up.time',
      summary: 'Runs "uptime".',
      binary: 'uptime',
      args: [],
      defaults: {},
      warnings: [],
    });
  });

  test.each([
    ['text', {}, 'Invalid input'],
    [{}, {}, '"binary": '],
    [{ binary: '' }, {}, '"binary": '],
    [{ binary: 'a\0' }, {}, '"binary": must not contain NUL'],
    [{ binry: 'a', binary: 'a' }, {}, 'unknown key "binry", did you mean "binary"?'],
    [{ args: 'a' }, {}, '"args": '],
    [{ args: [1] }, {}, '"args.0": expected a text without NUL, or { when = "parameter", args = [texts] }'],
    [{ args: ['{'] }, {}, '"args.0": a lone "{"'],
    [{ args: [{ if: 's', args: ['a'] }] }, {}, '"args.0": expected a text'],
    [{ args: ['{sript}'] }, { script: {} }, '"{sript}" names no parameter, did you mean "script"?'],
    [{ args: ['{zzz}'] }, {}, '"{zzz}" names no parameter, [parameters.zzz] would declare it'],
    [{ args: [{ when: 'x', args: ['a'] }] }, {}, '"{x}" names no parameter'],
    [{ env: { A: '{x}' } }, {}, '"{x}" names no parameter'],
    [{ stdin: '{x}' }, {}, '"{x}" names no parameter'],
    [{ cwd: '{x}' }, {}, '"{x}" names no parameter'],
    [{ one_of: [['a', 'x']] }, { a: {} }, '"{x}" names no parameter'],
    [{ one_of: [['a', 'b']] }, { a: { required: true }, b: {} }, '"a" is required, so it is no choice of "one_of"'],
    [{ args: ['{l}{m}'] }, { l: { type: 'list' }, m: { type: 'list' } }, 'the list "{m}" can only stand in "args"'],
    [{ stdin: '{l}' }, PARAMETERS, '"stdin": the list "{l}" can only stand in "args"'],
    [{ env: { A: '{l}' } }, PARAMETERS, '"env.A": the list "{l}"'],
    [{ env: { 'A=B': 'x' } }, {}, 'must not contain "="'],
    [{}, { 'a b': {} }, 'expected letters, digits'],
    [{}, { a: { typ: 'list' } }, 'unknown key "parameters.a.typ", did you mean "type"?'],
    [{}, { a: { type: 'lst' } }, '"parameters.a.type": '],
    [{}, { a: { type: 'integer', default: 'x' } }, '"parameters.a": "default" does not fit'],
    [{ defaults: { max_tim: 5 } }, {}, 'unknown key "defaults.max_tim", did you mean "max_time"?'],
    [{ defaults: { id: 'x' } }, {}, 'unknown key "defaults.id"'],
    [{ defaults: { max_time: 'x' } }, {}, '"defaults.max_time": '],
    [{ user: -1 }, {}, '"user": '],
    [{ nice: 99 }, {}, '"nice": '],
    [{ cgroup: { mem: 1 } }, {}, 'unknown key "cgroup.mem"'],
    [{ secrets: ['-'] }, {}, '"secrets'],
  ])('refuses %j', (manifest, parameters, message) => {
    const value =
      typeof manifest === 'string'
        ? manifest
        : { ...(message.startsWith('"binary"') ? {} : { binary: 'true' }), ...manifest, parameters };
    const read = (): unknown => readManifest(value, { name: 'try', directory: '/d' });
    expect(read).toThrow(expect.objectContaining({ code: 'bad-arguments' }) as Error);
    expect(read).toThrow(message);
    expect(read).toThrow('Cannot use the extension "try": ');
  });

  test.each(['', 'a b', '../a', 'a..b', '1a', '.a', 'a/b', 'x'.repeat(300)])('refuses the name "%s"', (name) => {
    expect(() => readManifest({ binary: 'true' }, { name, directory: '/d' })).toThrow('its name is letters, digits');
  });

  test('warns of parameters that nothing uses', () => {
    expect(extensionOf({ parameters: { a: {}, b: {} }, env: { B: '{b}' } }).warnings).toEqual([
      'the parameter "a" is never used',
    ]);
  });
});
