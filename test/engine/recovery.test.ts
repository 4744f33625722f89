import { rm, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { defineBuiltin } from 'corex/builtin';
import { accept, follow, shell, testAgent } from '../harness/test-agent.ts';
import { startAgentProcess } from '../harness/agent-process.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';

test('queued jobs are run by the next agent, in their order', async () => {
  await using first = await testAgent({ queues: { line: { paused: true } } });
  for (const id of ['a', 'b', 'c'])
    await accept(first.agent, shell(`echo ${id} >> ${first.dataDir}/order`, { id, queue: 'line' }));
  await first.agent.stop();
  await using second = await testAgent({ dataDir: first.dataDir });
  expect(second.agent.recovery).toMatchObject({ queued: 3 });
  const results = await Promise.all(['a', 'b', 'c'].map(async (id) => (await second.agent.jobs.view(id)).result));
  expect(results).toMatchObject([{ state: 'SUCCESS' }, { state: 'SUCCESS' }, { state: 'SUCCESS' }]);
  const order = await second.agent.run({
    command: 'core.system',
    arguments: { name: 'cat', args: [`${first.dataDir}/order`] },
  });
  expect(order.streams[0]).toBe('a\nb\nc\n');
});

test('a job waiting for its next run goes on waiting under the next agent, its failures counted', async () => {
  await using first = await testAgent();
  const id = await accept(first.agent, shell('exit 1', { max_restart: 2, restart_delay: 0.5, restart_max_delay: 0.5 }));
  await until('it waits', async () => (await first.agent.jobs.get(id)).state === 'waiting');
  await first.agent.stop();
  await using second = await testAgent({ dataDir: first.dataDir });
  expect(second.agent.recovery).toMatchObject({ waiting: 1 });
  expect(await (await second.agent.jobs.view(id)).result).toMatchObject({ runs: 3, code: 1001 });
});

test('a recurring job stopped with its agent runs again under the next one', async () => {
  await using first = await testAgent();
  const id = await accept(first.agent, shell('echo up; sleep 30', { recurring_period: 1 }));
  await until('it runs', async () => (await first.agent.jobs.get(id)).pid);
  await first.agent.stop();
  await using second = await testAgent({ dataDir: first.dataDir });
  await until('it runs again', async () => (await second.agent.jobs.get(id)).state === 'running');
  await second.agent.jobs.kill(id);
  expect(await (await second.agent.jobs.view(id)).result).toMatchObject({ reason: 'killed', runs: 2 });
});

test('jobs that ran when their agent died end as lost, once, with what was kept of their output', async () => {
  await using directory = tempDir();
  const dataDir = directory.at('data');
  const died = await startAgentProcess(dataDir);
  await died.call('core.ping');
  await died.submit(shell('head -c 200000 /dev/zero; sleep 30', { id: 'lost' }));
  await until('its output is there', async () => (await died.job('lost')).output === 200_000);
  await until('it is on disk', async () => (await died.segments('lost')) >= 200_000);
  await died.kill('SIGKILL');
  await using next = await testAgent({ dataDir });
  expect(next.agent.recovery).toMatchObject({ lost: 1, adopted: 0 });
  const result = await next.agent.jobs.result('lost');
  expect(result).toMatchObject({
    state: 'ERROR',
    reason: 'lost',
    code: 503,
    runs: 1,
    error: { code: 'lost' },
    cleanup: 'sweep',
    survivors: [],
  });
  expect(result.output.bytes).toBeGreaterThan(0);
  expect(await next.agent.run(shell('head -c 200000 /dev/zero; sleep 30', { id: 'lost' }))).toEqual(result);
});

test('a job of a command that is not registered any more fails honestly', async () => {
  const gone = defineBuiltin({ name: 'test.gone', summary: 'Goes.', durable: true, run: () => 1 });
  await using first = await testAgent({ builtins: [gone], queues: { line: { paused: true } } });
  const id = await accept(first.agent, { command: 'test.gone', queue: 'line' });
  await first.agent.stop();
  await using second = await testAgent({ dataDir: first.dataDir });
  expect(await (await second.agent.jobs.view(id)).result).toMatchObject({
    state: 'ERROR',
    reason: 'spawn-failed',
    code: 404,
  });
});

test('a damaged database is set aside: the agent starts, says nothing wrong, and takes jobs', async () => {
  await using first = await testAgent();
  await first.agent.run(shell('true', { id: 'before' }));
  await first.agent.stop();
  await rm(`${first.dataDir}/corex.db-wal`, { force: true });
  await writeFile(`${first.dataDir}/corex.db`, 'not a database at all, but long enough to be looked at'.repeat(200));
  await using second = await testAgent({ dataDir: first.dataDir });
  await expect(second.agent.jobs.result('before')).rejects.toMatchObject({ code: 'unknown-job' });
  expect(await second.agent.run(shell('true'))).toMatchObject({ state: 'SUCCESS' });
});

test('output of several runs is whole after a restart between them', async () => {
  await using first = await testAgent();
  const id = await accept(
    first.agent,
    shell('echo run; exit 1', { max_restart: 1, restart_delay: 0.3, restart_max_delay: 0.3 }),
  );
  await until('it waits', async () => (await first.agent.jobs.get(id)).state === 'waiting');
  await first.agent.stop();
  await using second = await testAgent({ dataDir: first.dataDir });
  await (
    await second.agent.jobs.view(id)
  ).result;
  const texts = (await follow(second.agent, id)).flatMap((item) =>
    item.type === 'messages' ? item.messages.map(({ seq, text }) => ({ run: item.run, seq, text })) : [],
  );
  expect(texts).toEqual([
    { run: 1, seq: 3, text: 'run' },
    { run: 2, seq: 7, text: 'run' },
  ]);
});
