import { expect, test } from 'vitest';
import { AgentError, defineBuiltin } from 'corex/builtin';
import type { BuiltinContext } from 'corex/builtin';
import { accept, follow, testAgent } from '../../harness/test-agent.ts';
import type { TestAgent } from '../../harness/test-agent.ts';
import { until } from '../../harness/until.ts';

const COMMAND = { command: 'test.durable' };

function agentWith(run: (context: BuiltinContext) => unknown): Promise<TestAgent> {
  const builtin = defineBuiltin({
    name: 'test.durable',
    summary: 'For a test.',
    durable: true,
    run: (_args, context) => run(context),
  });
  return testAgent({ builtins: [builtin] });
}

async function messagesOf({ agent }: TestAgent, id: string): Promise<string[]> {
  return (await follow(agent, id)).flatMap((item) =>
    item.type === 'messages' ? item.messages.map(({ level, text }) => `${level} ${text}`) : [],
  );
}

test.each([
  ['nothing', undefined, 'null'],
  ['a text', 'done', '"done"'],
  ['an object', { a: [1] }, '{"a":[1]}'],
])('a durable built-in that returns %s says it as JSON, in its one message of level 20', async (_what, value, json) => {
  await using running = await agentWith(() => value);
  const id = await accept(running.agent, COMMAND);
  expect(await messagesOf(running, id)).toEqual([`20 ${json}`]);
  expect(await running.agent.jobs.result(id)).toMatchObject({ state: 'SUCCESS', code: 0, level: 20, data: json });
});

test.each([
  ['throws an error', new Error('broken'), 500, 'broken'],
  ['throws an error with a number', new AgentError('failed', 'gone', { number: 410 }), 410, 'gone'],
  ['throws what is no error', 'just a text', 500, 'just a text'],
])('a durable built-in that %s fails with its code and message', async (_what, thrown, code, message) => {
  await using running = await agentWith(() => {
    throw thrown as Error;
  });
  expect(await running.agent.run(COMMAND)).toMatchObject({
    state: 'ERROR',
    reason: 'failed',
    code,
    data: '',
    error: { message },
  });
});

test('what a durable built-in says stands in the order it was said, each stream with its own level only', async () => {
  await using running = await agentWith(({ log, message }) => {
    log('debug', 11);
    log('out');
    message(2, 'err');
    return 'value';
  });
  const id = await accept(running.agent, COMMAND);
  expect(await messagesOf(running, id)).toEqual(['11 debug', '1 out', '2 err', '20 "value"']);
  expect(await running.agent.jobs.result(id)).toMatchObject({ streams: ['out\n', 'err\n'], data: '"value"' });
});

test('a durable built-in is ended by its signal, and has timed out although it succeeds then', async () => {
  await using running = await agentWith(
    ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped well'))),
  );
  const { agent } = running;
  const id = await accept(agent, COMMAND);
  await until('it runs', async () => (await agent.jobs.get(id)).state === 'running');
  await agent.jobs.kill(id);
  expect(await (await agent.jobs.view(id)).result).toMatchObject({ state: 'KILLED', reason: 'killed', code: 499 });
  expect(await agent.run({ ...COMMAND, max_time: 0.02 })).toMatchObject({
    state: 'TIMEOUT',
    reason: 'timeout',
    code: 504,
    cleanup: 'none',
  });
});

test('a durable built-in that ignores its signal is left behind after the grace, and the result says so', async () => {
  await using running = await agentWith(() => new Promise(() => undefined));
  expect(await running.agent.run({ ...COMMAND, max_time: 0.02, kill_grace: 0.02 })).toMatchObject({
    state: 'TIMEOUT',
    code: 504,
    cleanup: 'abandoned',
  });
});
