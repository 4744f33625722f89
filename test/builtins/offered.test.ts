import { expect, test } from 'vitest';
import { fakeServices, FakeSession } from '../fakes/fake-builtin-services.ts';
import { failBuiltin } from './call-builtin.ts';

test.each([
  ['process.list', {}],
  ['process.kill', { pid: 4711 }],
  ['port.wait', { port: 1 }],
  ['http.get', { url: 'http://x' }],
  ['logger.set_level', { level: 'info' }],
  ['logger.reopen', {}],
  ['logger.subscribe', {}],
  ['config.get', {}],
])('%s says when the agent has no such part', async (name, args) => {
  expect(await failBuiltin(name, args, fakeServices(), new FakeSession())).toEqual({
    code: 'not-able',
    number: 412,
    message: `Cannot run "${name}": this agent does not offer it`,
  });
});

test.each([
  ['logger.subscribe', {}],
  ['logger.unsubscribe', { handle: 1 }],
])('%s needs a connection', async (name, args) => {
  expect(await failBuiltin(name, args, fakeServices())).toMatchObject({ code: 'not-able' });
});
