import * as z from 'zod';
import { expect, test } from 'vitest';
import { AgentError, defineBuiltin } from 'corex/builtin';
import { testAgent } from '../harness/test-agent.ts';

const returns = (name: string, run: () => unknown): ReturnType<typeof defineBuiltin> =>
  defineBuiltin({ name: `test.${name}`, summary: 'For a test.', run });

test('a call gives its return value as JSON, and nothing as null', async () => {
  await using running = await testAgent({
    builtins: [
      returns('object', () => ({ a: 1 })),
      returns('nothing', () => undefined),
      returns('later', () => Promise.resolve('x')),
    ],
  });
  const { agent } = running;
  expect(await agent.run({ command: 'test.object' })).toMatchObject({
    state: 'SUCCESS',
    code: 0,
    level: 20,
    data: '{"a":1}',
    reason: 'exited',
  });
  expect(await agent.run({ command: 'test.nothing' })).toMatchObject({ state: 'SUCCESS', data: 'null' });
  expect(await agent.run({ command: 'test.later' })).toMatchObject({ data: '"x"' });
});

test('a call that throws or rejects fails with its code, 500 by default', async () => {
  await using running = await testAgent({
    builtins: [
      returns('throws', () => {
        throw new Error('broken');
      }),
      returns('rejects', () => Promise.reject(new AgentError('failed', 'a teapot', { number: 418 }))),
      returns('circular', () => {
        const self: { self?: unknown } = {};
        self.self = self;
        return self;
      }),
    ],
  });
  const { agent } = running;
  expect(await agent.run({ command: 'test.throws' })).toMatchObject({
    state: 'ERROR',
    reason: 'failed',
    code: 500,
    error: { code: 'failed', message: 'broken' },
  });
  expect(await agent.run({ command: 'test.rejects' })).toMatchObject({ state: 'ERROR', code: 418 });
  expect(await agent.run({ command: 'test.circular' })).toMatchObject({ state: 'ERROR', code: 500 });
});

test('a call that takes too long is a timeout, also when it succeeds later', async () => {
  const late = Promise.withResolvers<string>();
  await using running = await testAgent({ builtins: [returns('late', () => late.promise)] });
  const result = await running.agent.run({ command: 'test.late', max_time: 0.02 });
  late.resolve('too late');
  expect(result).toMatchObject({ state: 'TIMEOUT', reason: 'timeout', code: 504, cleanup: 'abandoned' });
});

test('a call’s arguments are checked by its schema before it runs', async () => {
  let ran = false;
  const strict = defineBuiltin({
    name: 'test.strict',
    summary: 'Takes a path.',
    arguments: z.strictObject({ path: z.string() }),
    run: () => {
      ran = true;
    },
  });
  await using running = await testAgent({ builtins: [strict] });
  const result = await running.agent.run({ command: 'test.strict', arguments: { path: 'x', pth: 1 } });
  expect(result).toMatchObject({ refused: true, code: 400 });
  expect(result.error?.message).toBe('Cannot run "test.strict": unknown key "pth", did you mean "path"?');
  expect(await running.agent.run({ command: 'test.strict' })).toMatchObject({ refused: true, code: 400 });
  expect(ran).toBe(false);
});

test('fields that only mean something for jobs are refused with a call', async () => {
  await using running = await testAgent();
  const result = await running.agent.run({ command: 'core.ping', queue: 'line', max_restart: 2 });
  expect(result.error?.message).toBe(
    'Cannot take "queue", "max_restart" with "core.ping": it is a call, answered at once, not a job',
  );
});

test('what a call says is in its result’s streams', async () => {
  const chatty = defineBuiltin({
    name: 'test.chatty',
    summary: 'Talks.',
    run: (_args, context) => {
      context.log('debug', 11);
      context.log('out');
      context.message(2, 'err');
      return 'done';
    },
  });
  await using running = await testAgent({ builtins: [chatty] });
  expect(await running.agent.run({ command: 'test.chatty' })).toMatchObject({
    streams: ['out\n', 'err\n'],
    data: '"done"',
  });
});

test('a call is not kept: its id is free at once and in no history', async () => {
  await using running = await testAgent();
  const { agent } = running;
  expect(await agent.run({ command: 'core.ping', id: 'mine' })).toMatchObject({ id: 'mine' });
  expect(await agent.run({ command: 'core.version', id: 'mine' })).toMatchObject({ state: 'SUCCESS' });
  await expect(agent.jobs.get('mine')).rejects.toMatchObject({ code: 'unknown-job' });
});

test('a command cannot be registered twice', async () => {
  await using running = await testAgent();
  expect(() => running.agent.register(returns('ok', () => 1))).not.toThrow();
  expect(() => running.agent.register(returns('ok', () => 2))).toThrow('the name is taken');
  expect(() => running.agent.register(defineBuiltin({ name: 'core.ping', summary: '', run: () => 1 }))).toThrow(
    'the name is taken',
  );
  expect(() => running.agent.register(defineBuiltin({ name: 'bad name', summary: '', run: () => 1 }))).toThrow(
    'Cannot register the command "bad name"',
  );
});
