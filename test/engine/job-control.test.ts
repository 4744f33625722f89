import { expect, test } from 'vitest';
import { defineBuiltin } from 'corex/builtin';
import { accept, shell, testAgent } from '../harness/test-agent.ts';
import { isAlive } from '../harness/processes.ts';
import { until } from '../harness/until.ts';
import { within } from '../harness/within.ts';

test('kill ends a job’s whole group: TERM, the grace, then KILL', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const id = await accept(
    agent,
    shell('trap "" TERM; sh -c "trap \\"\\" TERM; echo; while :; do sleep 0.05; done" & while :; do sleep 0.05; done', {
      kill_grace: 0.2,
    }),
  );
  const { pid = 0 } = await until('both ignore TERM', async () =>
    (await agent.jobs.get(id)).output > 0 ? agent.jobs.get(id) : undefined,
  );
  await agent.jobs.kill(id);
  expect(await (await agent.jobs.view(id)).result).toMatchObject({
    reason: 'killed',
    state: 'KILLED',
    code: 1137,
    survivors: [],
  });
  expect(isAlive(pid)).toBe(false);
});

test('a job is listed while it lives, and no more once a kill has ended it', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const id = await accept(agent, shell('sleep 60'));
  await until('it runs', async () => (await agent.jobs.get(id)).pid);
  expect(agent.jobs.list().map((job) => job.id)).toEqual([id]);
  await agent.jobs.kill(id);
  await until('it is listed no more', () => agent.jobs.list().length === 0);
});

test('KILL needs no grace', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const id = await accept(agent, shell('trap "" TERM; while :; do sleep 0.05; done', { kill_grace: 3600 }));
  await until('it runs', async () => (await agent.jobs.get(id)).pid);
  await agent.jobs.kill(id, 'SIGKILL');
  expect(await (await agent.jobs.view(id)).result).toMatchObject({ reason: 'killed', exit: { signal: 'SIGKILL' } });
});

test('another signal is only sent: the job’s own ending is told, and its policies stay', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const interrupted = await accept(agent, { command: 'core.system', arguments: { name: 'sleep', args: ['30'] } });
  await until('it runs', async () => (await agent.jobs.get(interrupted)).pid);
  await agent.jobs.kill(interrupted, 'SIGINT');
  expect(await (await agent.jobs.view(interrupted)).result).toMatchObject({
    state: 'ERROR',
    reason: 'signaled',
    code: 1130,
    exit: { signal: 'SIGINT' },
  });
  const again = await accept(agent, {
    command: 'core.system',
    arguments: { name: 'sleep', args: ['30'] },
    max_restart: 9,
    restart_delay: 0.01,
  });
  await until('it runs', async () => (await agent.jobs.get(again)).pid);
  await agent.jobs.kill(again, 'SIGUSR1');
  await until('it runs again', async () => (await agent.jobs.get(again)).runs === 2);
  await agent.jobs.kill(again);
});

test('a signal between two runs is refused, not kept for the next run', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const id = await accept(agent, shell('true', { recurring_period: 600 }));
  await until('it waits', async () => (await agent.jobs.get(id)).state === 'waiting');
  await expect(agent.jobs.kill(id, 'SIGUSR1')).rejects.toMatchObject({ code: 'not-running', number: 409 });
  await agent.jobs.kill(id);
});

test('kill tells an unknown job from one that has ended', async () => {
  await using running = await testAgent();
  const { agent } = running;
  await agent.run(shell('true', { id: 'over' }));
  await expect(agent.jobs.kill('over')).rejects.toMatchObject({ code: 'not-running' });
  await expect(agent.jobs.kill('never')).rejects.toMatchObject({ code: 'unknown-job', number: 404 });
});

test('a queued job is cancelled before its first run and never starts', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const first = await accept(agent, shell('sleep 30', { queue: 'line' }));
  const second = await accept(agent, shell('touch started', { queue: 'line' }));
  expect(await agent.jobs.get(second)).toMatchObject({ state: 'queued', runs: 0 });
  expect(await agent.jobs.get(second)).not.toHaveProperty('started');
  await agent.jobs.cancel(second);
  expect(await agent.jobs.result(second)).toMatchObject({
    state: 'KILLED',
    reason: 'cancelled',
    code: 499,
    runs: 0,
    starttime: 0,
  });
  await expect(agent.jobs.cancel(first)).rejects.toMatchObject({ code: 'running', number: 409 });
  await agent.jobs.kill(first);
});

test('a settled job that is asked for again is not live meanwhile, and can not be cancelled', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const command = { ...shell('echo once'), id: 'again' };
  const result = await agent.run(command);
  const again = agent.run(command);
  await expect(within(10_000, 'the answer', agent.jobs.cancel('again'))).rejects.toMatchObject({ code: 'not-running' });
  expect(await again).toEqual(result);
});

test('a queued job is killed like a running one', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const first = await accept(agent, shell('sleep 30', { queue: 'line' }));
  const second = await accept(agent, shell('true', { queue: 'line' }));
  await agent.jobs.kill(second);
  expect(await agent.jobs.result(second)).toMatchObject({ state: 'KILLED', reason: 'cancelled' });
  await agent.jobs.kill(first);
});

test('a job killed while it is being accepted or started ends as killed', async () => {
  await using running = await testAgent();
  const { agent } = running;
  for (let round = 0; round < 20; round += 1) {
    const id = `early${round}`;
    const submission = agent.submit(shell('sleep 30', { id }));
    if (round % 2 === 1 && submission.type === 'job') await submission.accepted;
    await agent.jobs.kill(id);
    expect(await (await agent.jobs.view(id)).result).toMatchObject({ state: 'KILLED' });
  }
});

test('an unscheduled job finishes its present run and reports it', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const id = await accept(agent, shell('sleep 0.2; exit 4', { max_restart: 5, recurring_period: 0.01 }));
  await until('it runs', async () => (await agent.jobs.get(id)).pid);
  await agent.jobs.unschedule(id);
  expect(await (await agent.jobs.view(id)).result).toMatchObject({ reason: 'exited', code: 1004, runs: 1 });
});

test('a job’s priority can be changed while it waits', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const first = await accept(agent, shell('sleep 30', { queue: 'line' }));
  for (const id of ['a', 'b']) await accept(agent, shell('true', { id, queue: 'line' }));
  await agent.jobs.setPriority('b', 9);
  expect(agent.queues.list()).toMatchObject([{ name: 'line', jobs: ['b', 'a'] }]);
  await agent.jobs.killAll();
  expect(agent.queues.list().flatMap(({ jobs }) => jobs)).toEqual([]);
  await expect(agent.jobs.setPriority(first, 1)).resolves.toBeUndefined();
});

test('standard input reaches the program as it is given and ends when closed', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const id = await accept(agent, { command: 'core.system', arguments: { name: 'cat', open_stdin: true, stdin: 'a' } });
  await until('it runs', async () => (await agent.jobs.get(id)).pid);
  expect(await agent.jobs.writeStdin(id, 1, Buffer.from('bc'))).toBe(3);
  expect(await agent.jobs.writeStdin(id, 1, Buffer.from('bcd'))).toBe(4);
  await agent.jobs.closeStdin(id);
  expect(await (await agent.jobs.view(id)).result).toMatchObject({ state: 'SUCCESS', streams: ['abcd', ''] });
});

test('standard input given as soon as a job is accepted waits for its start, also in line', async () => {
  await using running = await testAgent({ queues: { line: { paused: true } } });
  const { agent } = running;
  const cat = { command: 'core.system', arguments: { name: 'cat', open_stdin: true } } as const;
  const id = await accept(agent, cat);
  expect(await agent.jobs.appendStdin(id, Buffer.from('one '))).toEqual({ from: 0, taken: 4 });
  expect(await agent.jobs.writeStdin(id, 4, Buffer.from('two'))).toBe(7);
  await agent.jobs.closeStdin(id);
  expect(await (await agent.jobs.view(id)).result).toMatchObject({ streams: ['one two', ''] });

  const queued = await accept(agent, { ...cat, queue: 'line' });
  const given = Promise.all(['a', 'b', 'c'].map((piece) => agent.jobs.appendStdin(queued, Buffer.from(piece))));
  agent.queues.resume('line');
  expect((await given).at(-1)).toEqual({ from: 2, taken: 3 });
  await agent.jobs.closeStdin(queued);
  expect(await (await agent.jobs.view(queued)).result).toMatchObject({ streams: ['abc', ''] });
});

test('standard input for a job that never starts is refused when that is known', async () => {
  const running = await testAgent({ queues: { line: { paused: true } } });
  const { agent } = running;
  const never = { command: 'core.system', arguments: { name: 'cat', open_stdin: true }, queue: 'line' } as const;
  const errorOf = (id: string): Promise<unknown> =>
    agent.jobs.appendStdin(id, Buffer.from('x')).catch((error: unknown) => error);
  const cancelled = errorOf(await accept(agent, { ...never, id: 'cancelled' }));
  await agent.jobs.cancel('cancelled');
  expect(await cancelled).toMatchObject({ code: 'not-running' });
  const failed = await accept(agent, { command: 'core.system', arguments: { name: 'no-such-program' } });
  expect(await errorOf(failed)).toMatchObject({ code: 'not-running' });
  const left = errorOf(await accept(agent, { ...never, id: 'left' }));
  await running[Symbol.asyncDispose]();
  expect(await left).toMatchObject({ code: 'not-running' });
});

test('standard input is refused where there is none to give it to', async () => {
  const waits = defineBuiltin({
    name: 'test.waits',
    summary: 'Waits.',
    durable: true,
    run: (_args, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
  });
  await using running = await testAgent({ builtins: [waits] });
  const { agent } = running;
  const builtin = await accept(agent, { command: 'test.waits' });
  await until('it runs', async () => (await agent.jobs.get(builtin)).state === 'running');
  await expect(agent.jobs.writeStdin(builtin, 0, Buffer.from('x'))).rejects.toMatchObject({ code: 'not-able' });
  await expect(agent.jobs.kill(builtin, 'SIGUSR1')).rejects.toMatchObject({ code: 'not-able' });
  const closed = await accept(agent, shell('sleep 30'));
  await until('it runs', async () => (await agent.jobs.get(closed)).pid);
  await expect(agent.jobs.writeStdin(closed, 0, Buffer.from('x'))).rejects.toMatchObject({ code: 'not-running' });
  await agent.jobs.killAll();
});

test('a child that never reads its input can be killed and timed out', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const result = await agent.run({
    command: 'core.system',
    arguments: { name: 'sleep', args: ['30'], stdin: 'x'.repeat(500_000) },
    max_time: 0.2,
  });
  expect(result).toMatchObject({ state: 'TIMEOUT' });
});

test('appends to standard input at the same moment come one after the other', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const id = await accept(agent, { command: 'core.system', arguments: { name: 'cat', open_stdin: true } });
  const pieces = Array.from({ length: 50 }, (_, index) => `piece ${index}\n`);
  await Promise.all(pieces.map((piece) => agent.jobs.appendStdin(id, Buffer.from(piece))));
  await agent.jobs.closeStdin(id);
  expect(await (await agent.jobs.view(id)).result).toMatchObject({ streams: [pieces.join(''), ''] });
});

test('live jobs are listed page by page', async () => {
  await using running = await testAgent({ queues: { line: { paused: true } } });
  const { agent } = running;
  for (const id of ['a', 'b', 'c', 'd', 'e']) await accept(agent, shell('true', { id, queue: 'line' }));
  const ids = (filter: Parameters<typeof agent.jobs.list>[0]): string[] => agent.jobs.list(filter).map(({ id }) => id);
  expect(ids({ limit: 2 })).toEqual(['a', 'b']);
  expect(ids({ limit: 2, after: 'b' })).toEqual(['c', 'd']);
  expect(ids({ limit: 2, after: 'd' })).toEqual(['e']);
});
