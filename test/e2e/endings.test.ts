import { expect, test } from 'vitest';
import { defineBuiltin } from 'corex/builtin';
import type { Clock } from '../../src/base/clock.ts';
import { systemClock } from '../../src/base/clock.ts';
import { startAgent } from '../../src/agent/agent.ts';
import { defaultConfig } from '../../src/agent/config.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { accept, shell, testAgent } from '../harness/test-agent.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';

test('a signal, a timeout, a cancel, a kill and a failed start are five reasons, none of them with code 0', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const busy = await accept(agent, shell('sleep 30', { queue: 'line' }));
  const cancelled = await accept(agent, shell('true', { queue: 'line' }));
  await agent.jobs.cancel(cancelled);
  await until('the first runs', async () => (await agent.jobs.get(busy)).pid);
  await agent.jobs.kill(busy);
  const results = [
    await agent.run(shell('kill -SEGV $$')),
    await agent.run(shell('sleep 30', { max_time: 0.1 })),
    await agent.jobs.result(cancelled),
    await (await agent.jobs.view(busy)).result,
    await agent.run({ command: 'core.system', arguments: { name: '/etc/passwd' } }),
  ];
  expect(results.map(({ reason }) => reason)).toEqual(['signaled', 'timeout', 'cancelled', 'killed', 'spawn-failed']);
  for (const { code, state } of results) {
    expect(code).toBeGreaterThan(0);
    expect(state).not.toBe('SUCCESS');
  }
});

test('every kind of failed start is told apart', async () => {
  await using running = await testAgent();
  const { agent, dataDir } = running;
  await agent.run(shell(`printf '#!/no/such/interpreter\\n' > ${dataDir}/script; chmod +x ${dataDir}/script`));
  const start = async (args: object): Promise<unknown> => {
    const { error, code, reason } = await agent.run({ command: 'core.system', arguments: args });
    return [reason, error?.code, code];
  };
  expect(await start({ name: 'no-such-program' })).toEqual(['spawn-failed', 'no-such-program', 404]);
  expect(await start({ name: '/etc/passwd' })).toEqual(['spawn-failed', 'not-executable', 403]);
  expect(await start({ name: `${dataDir}/script` })).toEqual(['spawn-failed', 'bad-interpreter', 403]);
  expect(await start({ name: 'true', dir: '/no/such/dir' })).toEqual(['spawn-failed', 'bad-directory', 400]);
  expect(await start({ name: 'true', args: ['x'.repeat(200_000)] })).toEqual(['spawn-failed', 'bad-arguments', 400]);
});

test('5,000 jobs of a queue of width 4 run in their order', { timeout: 60_000 }, async () => {
  const order: number[] = [];
  let active = 0;
  let most = 0;
  const numbered = defineBuiltin({
    name: 'test.numbered',
    summary: 'Notes its number.',
    durable: true,
    run: async (_args, { command }) => {
      active += 1;
      most = Math.max(most, active);
      order.push(Number(command.tags[0]));
      await new Promise((resolve) => setImmediate(resolve));
      active -= 1;
    },
  });
  await using running = await testAgent({ builtins: [numbered], queues: { wide: { width: 4 } } });
  const { agent } = running;
  const all = Array.from({ length: 5000 }, (_, index) =>
    agent.run({ command: 'test.numbered', queue: 'wide', tags: [String(index)] }),
  );
  const results = await Promise.all(all);
  expect(results.every(({ state }) => state === 'SUCCESS')).toBe(true);
  // Starts overlap by the width of the queue; the order of arrival is kept up to that.
  for (const [place, number] of order.entries()) expect(Math.abs(place - number)).toBeLessThan(4);
  expect(most).toBe(4);
});

test('a clock that jumps an hour ahead or back ends no job and delays no timer', async () => {
  let jump = 0;
  const jumping: Clock = { ...systemClock, now: () => systemClock.now() + jump };
  await using directory = tempDir();
  const config = defaultConfig(directory.at('data'), directory.at('run'));
  await using agent = await startAgent({
    config: { ...config, agent: { ...config.agent, listen: [`unix:${directory.at('s')}`] } },
    logger: silentLogger,
    clock: jumping,
  });
  const limited = agent.run(shell('sleep 0.5; echo done', { max_time: 30 }));
  const recurring = await accept(agent, shell('true', { recurring_period: 0.1 }));
  for (const hours of [1, -2, 1]) {
    jump += hours * 3_600_000;
    const { runs } = await agent.jobs.get(recurring);
    await until('it recurs under the new time', async () => (await agent.jobs.get(recurring)).runs > runs);
  }
  expect(await limited).toMatchObject({ state: 'SUCCESS', streams: ['done\n', ''] });
  expect((await limited).time).toBeGreaterThan(0);
  expect((await limited).time).toBeLessThan(60_000);
  await agent.jobs.kill(recurring);
});

test('10,000 settled jobs are listed page by page, also after a restart', { timeout: 60_000 }, async () => {
  const quick = defineBuiltin({ name: 'test.quick', summary: 'Ends.', durable: true, run: () => 1 });
  await using first = await testAgent({ builtins: [quick] });
  for (let block = 0; block < 10; block += 1) {
    await Promise.all(
      Array.from({ length: 1000 }, () => first.agent.run({ command: 'test.quick', tags: [`block${block}`] })),
    );
  }
  await first.agent.stop();
  await using second = await testAgent({ dataDir: first.dataDir });
  const ids = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await second.agent.jobs.history({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    for (const { id } of page.jobs) ids.add(id);
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect(ids.size).toBe(10_000);
  expect((await second.agent.jobs.history({ limit: 10, tags: ['block7'] })).jobs).toHaveLength(10);
});
