import { expect, test } from 'vitest';
import { defineBuiltin } from 'corex/builtin';
import { tempDir } from '../harness/temp-dir.ts';
import { accept, eventsOf, follow, shell, testAgent } from '../harness/test-agent.ts';
import { until } from '../harness/until.ts';
import { isAlive } from '../harness/processes.ts';

test('a job that exits 0 succeeds, with its output in the result byte for byte', async () => {
  await using running = await testAgent();
  const result = await running.agent.run({
    command: 'core.system',
    arguments: { name: 'cat', stdin: 'one\ntwo' },
    tags: ['x'],
  });
  expect(result).toMatchObject({
    state: 'SUCCESS',
    code: 0,
    reason: 'exited',
    exit: { code: 0 },
    streams: ['one\ntwo', ''],
    runs: 1,
    output: { bytes: 7, dropped: 0 },
    tags: ['x'],
    container: 0,
    cleanup: 'group',
    survivors: [],
  });
});

test('a failing job is restarted as often as it may, and tells every run', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const id = await accept(agent, shell('echo again; exit 3', { max_restart: 2, restart_delay: 0.01 }));
  const items = await follow(agent, id);
  const told = eventsOf(items);
  expect(told.map(({ event }) => event)).toEqual([
    'started',
    'exited',
    'restarting',
    'started',
    'exited',
    'restarting',
    'started',
    'exited',
  ]);
  expect(told.filter(({ event }) => event === 'exited')).toMatchObject([
    { run: 1, code: 1003, position: 6 },
    { run: 2, code: 1003, position: 12 },
    { run: 3, code: 1003, position: 18 },
  ]);
  expect(await agent.jobs.result(id)).toMatchObject({
    runs: 3,
    code: 1003,
    streams: ['again\n', ''],
    output: { bytes: 18 },
  });
});

test('every run has its one `exited` event after its last message, spawn failures included', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const id = await accept(agent, { command: 'core.system', arguments: { name: 'there-is-no-such-program' } });
  expect(eventsOf(await follow(agent, id))).toMatchObject([
    { event: 'exited', run: 1, reason: 'spawn-failed', code: 404, error: { code: 'no-such-program' } },
  ]);
  const spoken = await accept(agent, shell('echo a; printf b'));
  const kinds = (await follow(agent, spoken)).map((item) => (item.type === 'event' ? item.event.event : item.type));
  expect(kinds.at(-1)).toBe('exited');
  expect(kinds.filter((kind) => kind === 'exited')).toHaveLength(1);
});

test('a program that is not there is not tried again by max_restart', async () => {
  await using running = await testAgent();
  const result = await running.agent.run({
    command: 'core.system',
    arguments: { name: 'there-is-no-such-program' },
    max_restart: 5,
    restart_delay: 0.01,
  });
  expect(result).toMatchObject({ state: 'ERROR', reason: 'spawn-failed', code: 404, runs: 1 });
});

test('a recurring job runs again after each end until it is unscheduled, then reports its last run', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const id = await accept(agent, shell('echo tick', { recurring_period: 0.02 }));
  const following = follow(agent, id);
  await until('three runs are over', async () => (await agent.jobs.get(id)).runs >= 3);
  await agent.jobs.unschedule(id);
  const items = await following;
  const result = await agent.jobs.result(id);
  expect(result).toMatchObject({ state: 'SUCCESS', reason: 'exited', streams: ['tick\n', ''] });
  expect(eventsOf(items).filter(({ event }) => event === 'exited').length).toBe(result.runs);
});

test('a recurring job does not hold its queue while it waits', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const recurring = await accept(agent, shell('true', { recurring_period: 3600, queue: 'line' }));
  const other = await agent.run(shell('echo through', { queue: 'line' }));
  expect(other.streams[0]).toBe('through\n');
  expect(await agent.jobs.get(recurring)).toMatchObject({ state: 'waiting', runs: 1 });
  await agent.jobs.kill(recurring);
});

test('a killed job stays dead although it may restart', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const id = await accept(agent, shell('sleep 60', { max_restart: 5, restart_delay: 0.01 }));
  const pid = await until('it runs', async () => (await agent.jobs.get(id)).pid);
  await agent.jobs.kill(id);
  const result = await (await agent.jobs.view(id)).result;
  expect(result).toMatchObject({ state: 'KILLED', reason: 'killed', code: 1143, exit: { signal: 'SIGTERM' }, runs: 1 });
  expect(isAlive(pid)).toBe(false);
});

test('a job killed while it waits for its next run ends at once, and nothing runs again', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const id = await accept(agent, shell('exit 1', { max_restart: 5, restart_delay: 600, restart_max_delay: 600 }));
  await until('it waits', async () => (await agent.jobs.get(id)).state === 'waiting');
  await agent.jobs.kill(id);
  expect(await agent.jobs.result(id)).toMatchObject({
    state: 'KILLED',
    reason: 'killed',
    code: 499,
    runs: 1,
    exit: { code: 1 },
  });
});

test('a job that runs out of time is told so, and the first reason wins over a later kill', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const id = await accept(
    agent,
    shell('trap "" TERM; while :; do sleep 0.05; done', { max_time: 0.2, kill_grace: 0.5 }),
  );
  await until('its time is over', async () => (await agent.jobs.get(id)).runs === 1);
  const result = await (await agent.jobs.view(id)).result;
  expect(result).toMatchObject({ state: 'TIMEOUT', reason: 'timeout', code: 1137, exit: { signal: 'SIGKILL' } });
});

test('max_time counts anew for every run', async () => {
  await using running = await testAgent();
  const result = await running.agent.run(shell('sleep 30', { max_time: 0.1, max_restart: 1, restart_delay: 0.01 }));
  expect(result).toMatchObject({ state: 'TIMEOUT', runs: 2 });
});

test('a protected job comes again after success, is untouched by killall, and ends by a kill of its own', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const id = await accept(agent, shell('sleep 0.01', { restart_delay: 0.01 }), { protected: true });
  await until('it came again', async () => (await agent.jobs.get(id)).runs >= 2);
  expect(await agent.jobs.killAll()).toEqual([]);
  const before = (await agent.jobs.get(id)).runs;
  await until('it came again after killall', async () => (await agent.jobs.get(id)).runs > before);
  await agent.jobs.kill(id);
  expect(await (await agent.jobs.view(id)).result).toMatchObject({ reason: 'killed' });
});

test('a client cannot set the protected flag', async () => {
  await using running = await testAgent();
  expect(() => running.agent.submit({ ...shell('true'), protected: true } as never)).toThrow('unknown key "protected"');
});

test('a failing built-in with max_restart 3 is called four times', async () => {
  let calls = 0;
  const failing = defineBuiltin({
    name: 'test.failing',
    summary: 'Fails.',
    durable: true,
    run: () => {
      calls += 1;
      throw new Error('no');
    },
  });
  await using running = await testAgent({ builtins: [failing] });
  const result = await running.agent.run({ command: 'test.failing', max_restart: 3, restart_delay: 0.001 });
  expect(result).toMatchObject({
    state: 'ERROR',
    reason: 'failed',
    code: 500,
    runs: 4,
    error: { code: 'failed', message: 'no' },
  });
  expect(calls).toBe(4);
});

test('a job’s output over its runs is one log, read again from the store after it settled', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const id = await accept(agent, shell('echo one; echo two >&2; exit 1', { max_restart: 1, restart_delay: 0.01 }));
  const live = await follow(agent, id);
  const again = await follow(agent, id);
  const texts = (items: typeof live): string[] =>
    items.flatMap((item) => (item.type === 'messages' ? item.messages.map(({ seq, text }) => `${seq} ${text}`) : []));
  expect(texts(again)).toEqual(texts(live));
  expect(texts(again)).toHaveLength(4);
});

test('10 jobs without a queue run at the same time', async () => {
  await using running = await testAgent();
  const { agent } = running;
  await using here = tempDir();
  const script = `echo > ${here.path}/$$; until [ $(ls ${here.path} | wc -l) = 10 ]; do sleep 0.05; done`;
  const results = await Promise.all(Array.from({ length: 10 }, () => agent.run(shell(script))));
  expect(results.map(({ state }) => state)).toEqual(Array(10).fill('SUCCESS'));
});

test('a protected job holds no place in its queue during its backoff, and a kill ends it then', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const id = await accept(agent, shell('true', { queue: 'line', restart_delay: 600, restart_max_delay: 600 }), {
    protected: true,
  });
  expect(await agent.run(shell('echo through', { queue: 'line' }))).toMatchObject({ streams: ['through\n', ''] });
  await until('it waits', async () => (await agent.jobs.get(id)).state === 'waiting');
  await agent.jobs.kill(id);
  expect(await agent.jobs.result(id)).toMatchObject({ state: 'KILLED', reason: 'killed', runs: 1 });
});

test('10 queued jobs never overlap', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const spans = await Promise.all(Array.from({ length: 10 }, () => agent.run(shell('sleep 0.02', { queue: 'one' }))));
  const sorted = spans
    .map(({ starttime, time }) => ({ from: starttime, to: starttime + time }))
    .sort((a, b) => a.from - b.from);
  // Two clocks tell start and duration, so a millisecond or two of overlap is rounding.
  for (let at = 1; at < sorted.length; at += 1)
    expect(sorted[at]?.from).toBeGreaterThanOrEqual((sorted[at - 1]?.to ?? 0) - 5);
});
