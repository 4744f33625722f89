import { describe, expect, test } from 'vitest';
import { fakeServices, FakeSession } from '../fakes/fake-builtin-services.ts';
import { successOf } from '../fakes/results.ts';
import { callBuiltin, failBuiltin } from './call-builtin.ts';

/** Services that know one job, `a`. */
function withJob() {
  const services = fakeServices();
  services.jobs.add('a');
  return services;
}

describe.each([
  ['job.get', {}],
  ['job.result', {}],
  ['job.stats', {}],
  ['job.wait', {}],
  ['job.kill', {}],
  ['job.cancel', {}],
  ['job.unschedule', {}],
  ['job.priority', { priority: 1 }],
  ['job.resize', { columns: 80, rows: 24 }],
  ['job.subscribe', {}],
  ['job.stdin', { text: 'x' }],
])('%s', (name, rest) => {
  test('fails for an unknown job', async () => {
    const session = new FakeSession();
    expect(await failBuiltin(name, { id: 'none', ...rest }, fakeServices(), session)).toMatchObject({
      code: 'unknown-job',
      number: 404,
    });
  });

  test.each([
    [rest],
    [{ id: '', ...rest }],
    [{ id: 7, ...rest }],
    [{ id: 'a b', ...rest }],
    [{ id: 'a', idd: 1, ...rest }],
  ])('refuses %j', async (args) => {
    expect(await failBuiltin(name, args, withJob(), new FakeSession())).toMatchObject({
      code: 'bad-arguments',
      number: 400,
    });
  });
});

describe('job.list', () => {
  test.each([
    [undefined, { limit: 1000 }],
    [{ ids: null, queue: null, limit: null }, { limit: 1000 }],
    [
      { ids: ['a'], states: ['running'], queue: 'q', tags: ['t'], command: 'c', limit: 5, after: 'b' },
      { ids: ['a'], states: ['running'], queue: 'q', tags: ['t'], command: 'c', limit: 5, after: 'b' },
    ],
  ])('with %j asks for %j', async (args, filter) => {
    const services = withJob();
    expect(await callBuiltin('job.list', args, services)).toMatchObject([{ id: 'a', state: 'running' }]);
    expect(services.jobs.calls).toEqual([['list', filter]]);
  });

  test.each([[{ states: ['sleeping'] }], [{ ids: 'a' }], [{ tags: [1] }], [{ id: 'a' }]])(
    'refuses %j',
    async (args) => {
      expect(await failBuiltin('job.list', args, withJob())).toMatchObject({ code: 'bad-arguments' });
    },
  );
});

describe('job.get', () => {
  test('tells of one job', async () => {
    expect(await callBuiltin('job.get', { id: 'a' }, withJob())).toMatchObject({ id: 'a', command: 'fake.job' });
  });
});

describe('job.result', () => {
  test('gives the result of a settled job', async () => {
    const services = withJob();
    services.jobs.results.set('a', successOf('a', 'fake.job', 5));
    expect(await callBuiltin('job.result', { id: 'a' }, services)).toEqual(successOf('a', 'fake.job', 5));
  });

  test('fails while the job runs', async () => {
    expect(await failBuiltin('job.result', { id: 'a' }, withJob())).toMatchObject({ code: 'not-ended', number: 409 });
  });
});

describe('job.stats', () => {
  test('tells what a job uses, or null', async () => {
    const services = withJob();
    expect(await callBuiltin('job.stats', { id: 'a' }, services)).toBeNull();
    services.jobs.measurements.set('a', { cpu: 1.5, rss: 2, vms: 3, swap: 4 });
    expect(await callBuiltin('job.stats', { id: 'a' }, services)).toEqual({ cpu: 1.5, rss: 2, vms: 3, swap: 4 });
  });
});

describe('job.kill', () => {
  test.each([
    [{}, ['kill', 'a']],
    [{ signal: null }, ['kill', 'a']],
    [{ signal: 'TERM' }, ['kill', 'a', 'SIGTERM']],
    [{ signal: 'SIGUSR1' }, ['kill', 'a', 'SIGUSR1']],
    [{ signal: 'hup' }, ['kill', 'a', 'SIGHUP']],
    [{ signal: 9 }, ['kill', 'a', 'SIGKILL']],
    [{ signal: '2' }, ['kill', 'a', 'SIGINT']],
  ])('with %j does %j', async (args, call) => {
    const services = withJob();
    expect(await callBuiltin('job.kill', { id: 'a', ...args }, services)).toBe(true);
    expect(services.jobs.calls).toEqual([call]);
  });

  test.each([[0], ['0'], [-1], [1.5], [1000], ['NOPE'], [''], [true], [['TERM']]])(
    'refuses signal %j',
    async (signal) => {
      const services = withJob();
      expect(await failBuiltin('job.kill', { id: 'a', signal }, services)).toMatchObject({
        code: 'bad-arguments',
        number: 400,
      });
      expect(services.jobs.calls).toEqual([]);
    },
  );
});

describe('job.killall', () => {
  test('answers the ids it killed', async () => {
    const services = withJob();
    expect(await callBuiltin('job.killall', { tags: ['t'], queue: null }, services)).toEqual(['a']);
    expect(services.jobs.calls).toEqual([['killAll', { tags: ['t'] }]]);
  });

  test('refuses what it does not know', async () => {
    expect(await failBuiltin('job.killall', { tag: 't' }, withJob())).toMatchObject({
      code: 'bad-arguments',
      message: expect.stringContaining('did you mean "tags"?'),
    });
  });
});

describe.each([['job.cancel'], ['job.unschedule']])('%s', (name) => {
  test('does it and answers true', async () => {
    const services = withJob();
    expect(await callBuiltin(name, { id: 'a' }, services)).toBe(true);
    expect(services.jobs.calls).toEqual([[name.replace('job.', ''), 'a']]);
  });
});

describe('job.priority', () => {
  test('changes the place in the queue', async () => {
    const services = withJob();
    expect(await callBuiltin('job.priority', { id: 'a', priority: -5 }, services)).toBe(true);
    expect(services.jobs.calls).toEqual([['setPriority', 'a', -5]]);
  });

  test.each([[{}], [{ priority: 1.5 }], [{ priority: 1001 }], [{ priority: null }]])('refuses %j', async (args) => {
    expect(await failBuiltin('job.priority', { id: 'a', ...args }, withJob())).toMatchObject({ code: 'bad-arguments' });
  });
});

describe('job.resize', () => {
  test('sets the size of the terminal', async () => {
    const services = withJob();
    expect(await callBuiltin('job.resize', { id: 'a', columns: 120, rows: 40 }, services)).toBe(true);
    expect(services.jobs.calls).toEqual([['resize', 'a', 120, 40]]);
  });

  test.each([[{ columns: 0, rows: 1 }], [{ columns: 80 }], [{ columns: 80, rows: 1.5 }]])(
    'refuses %j',
    async (args) => {
      expect(await failBuiltin('job.resize', { id: 'a', ...args }, withJob())).toMatchObject({ code: 'bad-arguments' });
    },
  );
});

describe('job.history', () => {
  test.each([
    [undefined, { limit: 100 }],
    [
      { since: 1.5, until: 0 },
      { limit: 100, since: 1500, until: 0 },
    ],
    [
      {
        limit: 5,
        cursor: 'x',
        command: 'c',
        queue: 'q',
        tags: ['t'],
        states: ['ERROR'],
        reasons: ['lost'],
        since: null,
      },
      { limit: 5, cursor: 'x', command: 'c', queue: 'q', tags: ['t'], states: ['ERROR'], reasons: ['lost'] },
    ],
  ])('with %j asks for %j', async (args, query) => {
    const services = fakeServices();
    expect(await callBuiltin('job.history', args, services)).toEqual({ jobs: [], cursor: 'next' });
    expect(services.jobs.calls).toEqual([['history', query]]);
  });

  test.each([[{ limit: 0 }], [{ limit: 1001 }], [{ states: ['error'] }], [{ reasons: ['x'] }], [{ since: -1 }]])(
    'refuses %j',
    async (args) => {
      expect(await failBuiltin('job.history', args, fakeServices())).toMatchObject({ code: 'bad-arguments' });
    },
  );
});

describe('job.subscribe', () => {
  test.each([
    [{}, { from: 'start', as: 'messages' }],
    [{ from: 'now' }, { from: 'now', as: 'messages' }],
    [
      { from: 0, as: 'bytes' },
      { from: 0, as: 'bytes' },
    ],
    [{ tail: 10 }, { from: 'now', as: 'messages', tail: 10 }],
    [
      { from: 'now', tail: 0, as: 'both' },
      { from: 'now', as: 'both', tail: 0 },
    ],
    [
      { from: null, streams: ['stderr'], levels: [2, 7] },
      { from: 'start', as: 'messages', streams: ['stderr'], levels: [2, 7] },
    ],
  ])('with %j reads with %j', async (args, options) => {
    const session = new FakeSession();
    expect(await callBuiltin('job.subscribe', { id: 'a', ...args }, withJob(), session)).toEqual({
      handle: 1,
      position: 0,
    });
    expect(session.subscriptions.get(1)).toEqual({ id: 'a', options });
  });

  test.each([
    [{ from: 'end' }],
    [{ from: -1 }],
    [{ from: 0.5 }],
    [{ tail: -1 }],
    [{ tail: 1, from: 'start' }],
    [{ tail: 1, from: 5 }],
    [{ tail: 1, as: 'bytes' }],
    [{ as: 'frames' }],
    [{ streams: ['stdin'] }],
    [{ levels: [256] }],
  ])('refuses %j', async (args) => {
    const session = new FakeSession();
    expect(await failBuiltin('job.subscribe', { id: 'a', ...args }, withJob(), session)).toMatchObject({
      code: 'bad-arguments',
      number: 400,
    });
    expect(session.subscriptions.size).toBe(0);
  });

  test('needs a connection', async () => {
    expect(await failBuiltin('job.subscribe', { id: 'a' }, withJob())).toMatchObject({ code: 'not-able', number: 412 });
  });
});

describe('job.unsubscribe', () => {
  test('ends a subscription once', async () => {
    const services = withJob();
    const session = new FakeSession();
    await callBuiltin('job.subscribe', { id: 'a' }, services, session);
    expect(await callBuiltin('job.unsubscribe', { handle: 1 }, services, session)).toBe(true);
    expect(await failBuiltin('job.unsubscribe', { handle: 1 }, services, session)).toMatchObject({
      code: 'unknown-handle',
      number: 404,
    });
  });

  test('needs a connection', async () => {
    expect(await failBuiltin('job.unsubscribe', { handle: 1 }, withJob())).toMatchObject({
      code: 'not-able',
      number: 412,
    });
  });

  test.each([[{}], [{ handle: 0 }], [{ handle: '1' }]])('refuses %j', async (args) => {
    expect(await failBuiltin('job.unsubscribe', args, withJob(), new FakeSession())).toMatchObject({
      code: 'bad-arguments',
    });
  });
});
