import { describe, expect, test } from 'vitest';
import type { ExtensionAccess } from '../../src/engine/extension-access.ts';
import { fakeServices } from '../fakes/fake-builtin-services.ts';
import { callBuiltin, failBuiltin } from './call-builtin.ts';

const extensions: ExtensionAccess = {
  list: () => [
    { name: 'a', sort: 'extension', state: 'loaded', source: '/a.toml', summary: 'A.', commands: ['a'], warnings: [] },
  ],
  reload: () => Promise.resolve({ added: ['a'], changed: [], removed: [], failed: [] }),
  resolve: (command, args) => ({ command, arguments: args ?? 'none' }),
};

const services = () => {
  const made = fakeServices();
  return { ...made, agent: Object.assign(made.agent, { extensions }) };
};

describe('the built-ins about extensions', () => {
  test('hand on what the agent says', async () => {
    expect(await callBuiltin('extension.list', undefined, services())).toEqual(extensions.list());
    expect(await callBuiltin('extension.reload', {}, services())).toMatchObject({ added: ['a'] });
    expect(await callBuiltin('extension.test', { command: 'a' }, services())).toEqual({
      command: 'a',
      arguments: 'none',
    });
    expect(await callBuiltin('extension.test', { command: 'a', arguments: { x: 1 } }, services())).toEqual({
      command: 'a',
      arguments: { x: 1 },
    });
  });

  test.each([
    ['extension.list', { name: 'a' }],
    ['extension.reload', { name: 'a' }],
    ['extension.test', {}],
    ['extension.test', { command: '' }],
    ['extension.test', { command: 'a', args: {} }],
  ])('%s refuses %j', async (name, args) => {
    expect(await failBuiltin(name, args, services())).toMatchObject({ code: 'bad-arguments', number: 400 });
  });

  test.each(['extension.list', 'extension.reload'])('%s says where there are none', async (name) => {
    expect(await failBuiltin(name, {}, fakeServices())).toMatchObject({ code: 'not-able', number: 412 });
  });
});
