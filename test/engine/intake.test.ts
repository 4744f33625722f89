import { expect, test } from 'vitest';
import { defineBuiltin } from 'corex/builtin';
import { accept, answerOf, shell, testAgent } from '../harness/test-agent.ts';
import { until } from '../harness/until.ts';

test('the same id and content attaches: one start, the same result for everybody', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const command = shell('echo once; sleep 0.1', { id: 'twice' });
  const submissions = [agent.submit(command), agent.submit(command)];
  const accepted = await Promise.all(submissions.map(answerOf));
  expect(accepted.map((answer) => answer.type === 'accepted' && answer.attached)).toEqual([false, true]);
  const results = await Promise.all([agent.run(command), agent.run(command)]);
  expect(results[0]).toEqual(results[1]);
  expect(results[0]).toMatchObject({ runs: 1, streams: ['once\n', ''] });
});

test('a settled job’s id with the same content attaches to its stored result', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const command = shell('date +%N', { id: 'stored' });
  const first = await agent.run(command);
  const submission = agent.submit(command);
  const answer = submission.type === 'job' ? await submission.accepted : undefined;
  expect(answer).toMatchObject({ type: 'accepted', attached: true });
  expect(await agent.run(command)).toEqual(first);
});

test('a stored result is attached to across a restart of the agent', async () => {
  await using first = await testAgent();
  const command = shell('date +%N', { id: 'kept' });
  const before = await first.agent.run(command);
  await first.agent.stop();
  await using second = await testAgent({ dataDir: first.dataDir });
  expect(await second.agent.run(command)).toEqual(before);
});

test('the same id with other content is refused, live or settled, and leaves the job alone', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const id = await accept(agent, shell('sleep 0.2; echo mine', { id: 'taken' }));
  const refused = await agent.run(shell('echo other', { id: 'taken' }));
  expect(refused).toMatchObject({ id: 'taken', refused: true, state: 'DUPILICATE_ID', code: 409, reason: 'rejected' });
  expect(await (await agent.jobs.view(id)).result).toMatchObject({ state: 'SUCCESS', streams: ['mine\n', ''] });
  expect(await agent.run(shell('echo other', { id: 'taken' }))).toMatchObject({ refused: true, code: 409 });
});

test('`ref`, `stream` and `ttl` are no content: they never conflict', async () => {
  await using running = await testAgent();
  const { agent } = running;
  await agent.run(shell('true', { id: 'same', ttl: 50 }));
  expect((await agent.run(shell('true', { id: 'same', ttl: 99, stream: true, ref: 7 }))).refused).toBeUndefined();
});

test('an unknown command is refused with the nearest name', async () => {
  await using running = await testAgent();
  expect(await running.agent.run({ command: 'core.pnig' })).toMatchObject({
    state: 'UNKNOWN_CMD',
    code: 404,
    refused: true,
    error: {
      code: 'unknown-command',
      message: 'Cannot run "core.pnig": no command of this name is registered, did you mean "core.ping"?',
    },
  });
});

test('names that lead into an object’s insides are unknown commands', async () => {
  await using running = await testAgent();
  for (const name of ['__proto__', 'constructor', 'toString', 'core.__proto__', 'core']) {
    expect(await running.agent.run({ command: name })).toMatchObject({ state: 'UNKNOWN_CMD', code: 404 });
  }
});

test('a job without arguments, or with wrong ones, is refused before anything is kept', async () => {
  await using running = await testAgent();
  const { agent } = running;
  expect(await agent.run({ command: 'core.system' })).toMatchObject({
    refused: true,
    code: 400,
    error: { code: 'bad-arguments' },
  });
  const typo = await agent.run({ command: 'core.system', arguments: { name: 'true', arg: [] } });
  expect(typo.error?.message).toBe('Cannot run "core.system": unknown key "arg", did you mean "args"?');
  expect(await agent.run({ command: 'core.system', arguments: { name: 'a\0b' } })).toMatchObject({
    code: 400,
    refused: true,
  });
  expect(agent.jobs.list()).toEqual([]);
});

test('live jobs over the limit are refused with 429, and taken again when there is room', async () => {
  await using running = await testAgent({ jobs: { max: 2 } });
  const { agent } = running;
  const ids = [await accept(agent, shell('sleep 30')), await accept(agent, shell('sleep 30'))];
  expect(await agent.run(shell('true'))).toMatchObject({ refused: true, code: 429, error: { code: 'too-many' } });
  await Promise.all(ids.map((id) => agent.jobs.kill(id, 'SIGKILL')));
  await until('there is room', () => agent.jobs.list().length === 0);
  expect(await agent.run(shell('true'))).toMatchObject({ state: 'SUCCESS' });
});

test('a full queue refuses and keeps taking for others', async () => {
  await using running = await testAgent({ queues: { small: { width: 1, limit: 1 } } });
  const { agent } = running;
  const active = await accept(agent, shell('sleep 30', { queue: 'small' }));
  const waiting = await accept(agent, shell('true', { queue: 'small' }));
  expect(await agent.run(shell('true', { queue: 'small' }))).toMatchObject({ refused: true, code: 429 });
  expect(await agent.run(shell('true'))).toMatchObject({ state: 'SUCCESS' });
  await agent.jobs.cancel(waiting);
  await agent.jobs.kill(active);
});

test('a pre handler may change what becomes a job, and is not asked for what attaches', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const asked: string[] = [];
  using handler = agent.addHandler({
    name: 'test',
    pre: (command) => {
      asked.push(command.id ?? '');
      return { ...command, tags: [...command.tags, 'seen'] };
    },
  });
  const command = shell('true', { id: 'changed' });
  expect(await agent.run(command)).toMatchObject({ tags: ['seen'] });
  expect(await agent.run(command)).toMatchObject({ tags: ['seen'] });
  expect(await agent.run(shell('false', { id: 'changed' }))).toMatchObject({ refused: true });
  expect(asked).toEqual(['changed']);
  handler[Symbol.dispose]();
  expect(await agent.run(shell('true'))).toMatchObject({ tags: [] });
});

test('a pre handler may answer with another command, whether the job was given an id or not', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const other = defineBuiltin({ name: 'test.other', summary: 'Another.', durable: true, run: () => 'other' });
  agent.register(other);
  agent.addHandler({ name: 'test', pre: (command) => ({ ...command, name: 'test.other', args: undefined }) });
  for (const id of ['given', undefined]) {
    expect(await agent.run(shell('true', id === undefined ? {} : { id }))).toMatchObject({ data: '"other"' });
  }
});

test('nulls and zeros are absent fields', async () => {
  await using running = await testAgent();
  const result = await running.agent.run({
    ...shell('true'),
    queue: null,
    max_time: null,
    recurring_period: 0,
    max_restart: null,
    tags: null,
    stats_interval: 0,
    id: null,
  });
  expect(result).toMatchObject({ state: 'SUCCESS', runs: 1 });
});
