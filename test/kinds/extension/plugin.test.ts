import { describe, expect, test } from 'vitest';

import {
  describePluginCommand,
  type Plugin,
  readExports,
  readPlugin,
  resolvePlugin,
} from '../../../src/kinds/extension/plugin.ts';

const read = (value: unknown): Plugin => readPlugin(value, { name: 'scan', directory: '/etc/corex' });

describe('`readPlugin()`', () => {
  test('takes names, and names with what they are', () => {
    const schema = { type: 'object' };
    const plugin = read({
      path: './scan.py',
      queue: true,
      exports: ['disk', { name: 'net', summary: 'Looks.', arguments: schema }],
      cwd: 'work',
      env: { A: '{secret:a}' },
      nice: 5,
    });
    expect(plugin).toMatchObject({ program: '/etc/corex/scan.py', queue: true });
    expect(plugin.fixed).toEqual({ dir: '/etc/corex/work', env: { A: '{secret:a}' }, nice: 5, secrets: ['a'] });
    const [disk, net] = plugin.exports ?? [];
    if (disk === undefined || net === undefined) throw new Error('An export is missing');
    expect(describePluginCommand(plugin, disk)).toMatchObject({ name: 'scan.disk', sort: 'job', arguments: {} });
    expect(describePluginCommand(plugin, net)).toMatchObject({
      name: 'scan.net',
      summary: 'Looks.',
      arguments: schema,
    });
    expect(resolvePlugin(plugin, disk, { a: [1e6, "it's"] })).toMatchObject({
      name: '/etc/corex/scan.py',
      args: ['disk', '{"a":[1000000,"it\'s"]}'],
    });
    expect(resolvePlugin(plugin, disk, undefined).args).toEqual(['disk', '{}']);
  });

  test('needs nothing but a program', () => {
    expect(read({ path: 'scan' })).toEqual({
      domain: 'scan',
      program: 'scan',
      queue: false,
      exports: undefined,
      fixed: { secrets: [] },
      defaults: {},
    });
  });

  test.each([
    [undefined, 'Invalid input'],
    [{}, '"path": '],
    [{ path: 'a', export: [] }, 'unknown key "export", did you mean "exports"?'],
    [{ path: 'a', exports: ['a b'] }, '"exports.0": expected a name'],
    [{ path: 'a', exports: ['-x'] }, '"exports.0": expected a name'],
    [{ path: 'a', exports: ['a', 'a'] }, '"exports": a name stands twice'],
    [{ path: 'a', exports: [{ nam: 'a' }] }, '"exports.0": expected a name'],
    [{ path: 'a', queue: 'yes' }, '"queue": '],
  ])('refuses %j', (value, message) => {
    expect(() => read(value)).toThrow(message);
    expect(() => read(value)).toThrow('Cannot use the plugin "scan": ');
  });
});

describe('`readExports()`', () => {
  test('reads a JSON list', () => {
    expect(readExports('scan', '["a", {"name": "b", "arguments": {"type": "object"}}]\n')).toEqual([
      { name: 'a' },
      { name: 'b', arguments: { type: 'object' } },
    ]);
  });

  test.each([
    ['', 'is no JSON'],
    ['usage: scan', 'is no JSON'],
    ['{"a": 1}', 'is no list of commands'],
    ['["a b"]', 'is no list of commands: "0": expected a name'],
    ['["a", "a"]', 'a name stands twice'],
  ])('refuses %s', (text, message) => {
    expect(() => readExports('scan', text)).toThrow(message);
  });
});
