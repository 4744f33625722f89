import { describe, expect, test } from 'vitest';
import { fakeServices } from '../fakes/fake-builtin-services.ts';
import { callBuiltin, failBuiltin } from './call-builtin.ts';

const disk = { name: 'disk', width: 1, paused: false, active: 0, waiting: 0, jobs: [] };

describe('queue.list', () => {
  test('shows every queue', async () => {
    expect(await callBuiltin('queue.list', undefined, fakeServices())).toEqual([disk]);
  });
});

describe('queue.set', () => {
  test.each([
    [{ name: 'disk' }, {}],
    [{ name: 'disk', width: 3 }, { width: 3 }],
    [{ name: 'disk', width: null, limit: 0 }, { limit: 0 }],
    [{ name: 'disk', limit: null }, { limit: null }],
    [
      { name: 'disk', rate: '90/m', burst: 5 },
      { rate: { starts: 90, perMs: 60_000 }, burst: 5 },
    ],
    [{ name: 'disk', rate: null }, { rate: null }],
  ])('with %j sets %j', async (args, settings) => {
    const services = fakeServices();
    expect(await callBuiltin('queue.set', args, services)).toEqual(disk);
    expect(services.queues.calls).toEqual([['set', 'disk', settings]]);
  });

  test.each([[{}], [{ name: '' }], [{ name: 'x', width: 0 }], [{ name: 'x', width: 1.5 }], [{ name: 'x', limit: -1 }]])(
    'refuses %j',
    async (args) => {
      expect(await failBuiltin('queue.set', args, fakeServices())).toMatchObject({ code: 'bad-arguments' });
    },
  );
});

describe.each([
  ['queue.pause', true],
  ['queue.resume', false],
])('%s', (name, paused) => {
  test('answers the queue', async () => {
    expect(await callBuiltin(name, { name: 'disk' }, fakeServices())).toEqual({ ...disk, paused });
  });

  test('fails for an unknown queue', async () => {
    expect(await failBuiltin(name, { name: 'none' }, fakeServices())).toMatchObject({
      code: 'unknown-queue',
      number: 404,
    });
  });

  test('needs a name', async () => {
    expect(await failBuiltin(name, undefined, fakeServices())).toMatchObject({ code: 'bad-arguments' });
  });
});
