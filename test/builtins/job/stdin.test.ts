import { describe, expect, test } from 'vitest';
import { fakeServices, FakeSession } from '../../fakes/fake-builtin-services.ts';
import { callBuiltin, failBuiltin } from '../call-builtin.ts';

function withJob() {
  const services = fakeServices();
  services.jobs.add('a');
  const give = (args: object, session?: FakeSession) =>
    callBuiltin('job.stdin', { id: 'a', ...args }, services, session);
  const taken = (): string => services.jobs.inputs.get('a')?.toString() ?? '';
  return { services, give, taken };
}

describe('job.stdin', () => {
  test('gives text and base64, one behind the other', async () => {
    const { give, taken } = withJob();
    expect(await give({ text: 'grüß ' })).toEqual({ offset: 7, left: 0 });
    expect(await give({ base64: Buffer.from('gott').toString('base64') })).toEqual({ offset: 11, left: 0 });
    expect(taken()).toBe('grüß gott');
  });

  test('keeps the order of pieces that are given at the same time', async () => {
    const { give, taken } = withJob();
    const letters = 'abcdefghij'.split('');
    const answers = await Promise.all(letters.map((text) => give({ text })));
    expect(answers).toEqual(letters.map((_, at) => ({ offset: at + 1, left: 0 })));
    expect(taken()).toBe('abcdefghij');
  });

  test('goes on after a piece that failed', async () => {
    const { services, give, taken } = withJob();
    const failed = failBuiltin('job.stdin', { id: 'b', text: 'x' }, services);
    expect(await give({ text: 'y' })).toEqual({ offset: 1, left: 0 });
    expect(await failed).toMatchObject({ code: 'unknown-job' });
    expect(taken()).toBe('y');
  });

  test('skips what was taken already', async () => {
    const { give, taken } = withJob();
    await give({ text: 'abc' });
    expect(await give({ text: 'abcd', offset: 0 })).toEqual({ offset: 4, left: 0 });
    expect(taken()).toBe('abcd');
  });

  test('takes nothing behind a hole', async () => {
    const { give, taken } = withJob();
    expect(await give({ text: 'abc', offset: 5 })).toEqual({ offset: 0, left: 3 });
    expect(taken()).toBe('');
  });

  test('tells what did not fit, and does not end the input then', async () => {
    const { services, give, taken } = withJob();
    services.jobs.inputCredit = 4;
    expect(await give({ text: 'abcdef', close: true })).toEqual({ offset: 4, left: 2, closed: false });
    expect(taken()).toBe('abcd');
    expect(services.jobs.calls).toEqual([]);
  });

  test('ends the input after the bytes', async () => {
    const { services, give } = withJob();
    expect(await give({ text: 'abc', close: true })).toEqual({ offset: 3, left: 0, closed: true });
    expect(services.jobs.calls).toEqual([['closeStdin', 'a', 3]]);
  });

  test('ends the input without bytes, here or at an offset', async () => {
    const { services, give } = withJob();
    await give({ text: 'abc' });
    expect(await give({ close: true })).toEqual({ offset: 3, left: 0, closed: true });
    expect(await give({ close: true, offset: 10 })).toEqual({ offset: 3, left: 0, closed: true });
    expect(services.jobs.calls).toEqual([
      ['closeStdin', 'a', 3],
      ['closeStdin', 'a', 10],
    ]);
  });

  test('opens a handle when it is given nothing', async () => {
    const { give } = withJob();
    const session = new FakeSession();
    await give({ text: 'abc' });
    expect(await give({}, session)).toEqual({ handle: 1, offset: 3, credit: 1024 * 1024 });
    expect(session.stdinJobs).toEqual(['a']);
  });

  test('needs a connection only for a handle', async () => {
    const { services } = withJob();
    expect(await failBuiltin('job.stdin', { id: 'a' }, services)).toMatchObject({ code: 'not-able', number: 412 });
  });

  test('takes an empty text for what it is', async () => {
    const { give } = withJob();
    expect(await give({ text: '' })).toEqual({ offset: 0, left: 0 });
  });

  test.each([[{ text: 'x', base64: 'eA==' }], [{ base64: 'not base64!' }], [{ text: 1 }], [{ text: 'x', offset: -1 }]])(
    'refuses %j',
    async (args) => {
      const { services } = withJob();
      expect(await failBuiltin('job.stdin', { id: 'a', ...args }, services)).toMatchObject({ code: 'bad-arguments' });
    },
  );
});
