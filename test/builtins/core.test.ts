import { describe, expect, test } from 'vitest';
import { fakeServices, FakeSession } from '../fakes/fake-builtin-services.ts';
import { callBuiltin, failBuiltin } from './call-builtin.ts';

describe('core.ping', () => {
  test('answers PONG and the version', async () => {
    expect(await callBuiltin('core.ping', undefined, fakeServices())).toBe('PONG Version: 1.2.3');
  });

  test('refuses arguments, naming them', async () => {
    expect(await failBuiltin('core.ping', { loud: true }, fakeServices())).toMatchObject({
      code: 'bad-arguments',
      number: 400,
      message: expect.stringContaining('"loud"'),
    });
  });

  test('takes no arguments, empty ones and null', async () => {
    const services = fakeServices();
    expect(await callBuiltin('core.ping', {}, services)).toMatch(/^PONG/);
    expect(await callBuiltin('core.ping', null, services)).toMatch(/^PONG/);
  });
});

describe('core.version', () => {
  test('tells agent, protocol and Node', async () => {
    expect(await callBuiltin('core.version', undefined, fakeServices())).toEqual({
      agent: 'test',
      version: '1.2.3',
      protocol: 1,
      node: process.version,
      platform: process.platform,
      arch: process.arch,
    });
  });
});

describe('core.state', () => {
  test('hands on what the agent says of itself', async () => {
    expect(await callBuiltin('core.state', undefined, fakeServices())).toEqual({ uptime: 1 });
  });
});

describe('core.stop', () => {
  test.each([
    [undefined, { drain: false }],
    [{ drain: true }, { drain: true }],
    [{ drain: null, deadline: 0 }, { drain: false }],
    [{ deadline: 1.5 }, { drain: false, deadlineMs: 1500 }],
  ])('with %j asks the agent to stop with %j', async (args, options) => {
    const services = fakeServices();
    expect(await callBuiltin('core.stop', args, services)).toEqual({ left: [], count: 0 });
    expect(services.agent.stops).toEqual([options]);
  });

  test.each([[{ deadline: -1 }], [{ deadline: '1' }], [{ drain: 'yes' }], [{ dead_line: 1 }], [[]], ['now']])(
    'refuses %j',
    async (args) => {
      const services = fakeServices();
      expect(await failBuiltin('core.stop', args, services)).toMatchObject({ code: 'bad-arguments', number: 400 });
      expect(services.agent.stops).toEqual([]);
    },
  );

  test('tells which jobs go on without the agent, the first thousand by their ids', async () => {
    const services = fakeServices();
    services.agent.surviving = ['a', 'b'];
    expect(await callBuiltin('core.stop', {}, services)).toEqual({ left: ['a', 'b'], count: 2 });
    services.agent.surviving = Array.from({ length: 1001 }, (_, n) => `job-${n}`);
    expect(await callBuiltin('core.stop', {}, services)).toMatchObject({ left: { length: 1000 }, count: 1001 });
  });

  test('names the key that was meant', async () => {
    const { message } = await failBuiltin('core.stop', { deadlin: 1 }, fakeServices());
    expect(message).toContain('did you mean "deadline"?');
  });
});

describe('core.subscribe', () => {
  test('is job.subscribe by another name', async () => {
    const services = fakeServices();
    const session = new FakeSession();
    services.jobs.add('a');
    expect(await callBuiltin('core.subscribe', { id: 'a' }, services, session)).toEqual({ handle: 1, position: 0 });
  });
});

describe('command.list', () => {
  test('shows every command with the schema of its arguments', async () => {
    expect(await callBuiltin('command.list', undefined, fakeServices())).toEqual([
      { name: 'core.ping', sort: 'call', summary: 'Answers.', arguments: {} },
    ]);
  });
});
