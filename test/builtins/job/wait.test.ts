import { describe, expect, test } from 'vitest';
import { fakeServices } from '../../fakes/fake-builtin-services.ts';
import { successOf } from '../../fakes/results.ts';
import { callBuiltin, failBuiltin, startBuiltin } from '../call-builtin.ts';

describe('job.wait', () => {
  test('answers the result when the job settles', async () => {
    const services = fakeServices();
    const job = services.jobs.add('a');
    const answers = Promise.all([
      callBuiltin('job.wait', { id: 'a' }, services),
      callBuiltin('job.wait', { id: 'a', timeout: 60 }, services),
    ]);
    job.settle(successOf('a', 'fake.job', 7));
    expect(await answers).toEqual([successOf('a', 'fake.job', 7), successOf('a', 'fake.job', 7)]);
  });

  test('answers at once for a settled job', async () => {
    const services = fakeServices();
    services.jobs.add('a').settle();
    expect(await callBuiltin('job.wait', { id: 'a', timeout: 0.001 }, services)).toMatchObject({ id: 'a' });
  });

  test('fails when its time is over, and the job goes on', async () => {
    const services = fakeServices();
    const job = services.jobs.add('a');
    expect(await failBuiltin('job.wait', { id: 'a', timeout: 0.01 }, services)).toMatchObject({
      code: 'timeout',
      number: 504,
    });
    const second = callBuiltin('job.wait', { id: 'a' }, services);
    job.settle();
    expect(await second).toMatchObject({ id: 'a' });
  });

  test('ends when its caller is gone', async () => {
    const services = fakeServices();
    services.jobs.add('a');
    const call = startBuiltin('job.wait', { id: 'a' }, services);
    call.cancel('the connection is gone');
    expect(await call.result).toMatchObject({ error: { code: 'cancelled' }, code: 499 });
  });

  test('leaves nothing on a job it gave up on, however often', async () => {
    const services = fakeServices();
    const job = services.jobs.add('a');
    let reactions = 0;
    const then = job.result.then.bind(job.result);
    job.result.then = (...handlers) => {
      reactions += 1;
      return then(...handlers);
    };
    for (let round = 0; round < 20; round += 1) {
      await failBuiltin('job.wait', { id: 'a', timeout: 0.001 }, services);
    }
    expect(reactions).toBe(1);
    job.settle();
  });

  test.each([[-1], ['1'], [3_000_000]])('refuses timeout %j', async (timeout) => {
    const services = fakeServices();
    services.jobs.add('a');
    expect(await failBuiltin('job.wait', { id: 'a', timeout }, services)).toMatchObject({ code: 'bad-arguments' });
  });
});
