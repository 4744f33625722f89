import { describe, expect, test } from 'vitest';

import { fakeServices } from '../../fakes/fake-builtin-services.ts';
import { callBuiltin, failBuiltin } from '../call-builtin.ts';

const usual = { sort: 'accepted', descending: false, offset: 0, limit: 100 };

describe('job.page', () => {
  test.each([
    [undefined, usual],
    [{ match: null, limit: null }, usual],
    [
      {
        match: 'w',
        states: ['queued'],
        queue: 'q',
        tags: ['t'],
        command: 'c',
        sort: 'cpu',
        descending: true,
        offset: 5,
        limit: 0,
      },
      {
        match: 'w',
        states: ['queued'],
        queue: 'q',
        tags: ['t'],
        command: 'c',
        sort: 'cpu',
        descending: true,
        offset: 5,
        limit: 0,
      },
    ],
  ])('with %j asks for %j', async (args, query) => {
    const services = fakeServices();
    services.jobs.add('a');
    expect(await callBuiltin('job.page', args, services)).toMatchObject({ total: 1, jobs: [{ id: 'a' }] });
    expect(services.jobs.calls).toEqual([['page', query]]);
  });

  test.each([
    [{ sort: 'size' }],
    [{ limit: 1001 }],
    [{ limit: -1 }],
    [{ offset: 0.5 }],
    [{ states: ['sleeping'] }],
    [{ id: 'a' }],
  ])('refuses %j', async (args) => {
    expect(await failBuiltin('job.page', args, fakeServices())).toMatchObject({ code: 'bad-arguments', number: 400 });
  });
});

describe('job.position', () => {
  test('answers where the output of a time begins', async () => {
    const services = fakeServices();
    services.jobs.add('a');
    expect(await callBuiltin('job.position', { id: 'a', time: 1.5 }, services)).toEqual({ position: 1.5 });
  });

  test('fails for an unknown job', async () => {
    expect(await failBuiltin('job.position', { id: 'none', time: 0 }, fakeServices())).toMatchObject({
      code: 'unknown-job',
      number: 404,
    });
  });

  test.each([[{ id: 'a' }], [{ id: 'a', time: -1 }], [{ id: 'a', time: 'now' }], [{ time: 1 }]])(
    'refuses %j',
    async (args) => {
      expect(await failBuiltin('job.position', args, fakeServices())).toMatchObject({ code: 'bad-arguments' });
    },
  );
});
