import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { captureOutput, onDelay, onExit, onMatch, onPid } from 'corex';
import type { Hook } from 'corex';
import { accept, shell, testAgent } from '../harness/test-agent.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';

test('handlers hear every message, statistic and result, in order of registration, until they are removed', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const heard: string[] = [];
  const listen = (name: string): Disposable =>
    agent.addHandler({
      name,
      message: (_job, message) => {
        heard.push(`${name} ${message.level} ${message.text}`);
      },
      result: (job, result) => {
        heard.push(`${name} ${job.id} ${result.state}`);
      },
      stats: (_job, { key, value, operation }) => {
        heard.push(`${name} ${key}=${value} ${operation}`);
      },
    });
  const first = listen('first');
  listen('second');
  await agent.run(shell('echo hi; echo "10::load:1.5|A"', { id: 'a' }));
  expect(heard).toEqual([
    'first 1 hi',
    'second 1 hi',
    'first load=1.5 A',
    'second load=1.5 A',
    'first 10 load:1.5|A',
    'second 10 load:1.5|A',
    'first a SUCCESS',
    'second a SUCCESS',
  ]);
  first[Symbol.dispose]();
  heard.length = 0;
  await agent.run(shell('echo again', { id: 'b' }));
  expect(heard).toEqual(['second 1 again', 'second b SUCCESS']);
});

test('a handler may take messages as they come, several at once, of the levels the job logs', async () => {
  await using running = await testAgent();
  const heard: string[] = [];
  let calls = 0;
  running.agent.addHandler({
    name: 'test',
    messages: (job, messages) => {
      calls += 1;
      heard.push(...messages.map(({ text }) => `${job.id} ${text}`));
    },
  });
  await running.agent.run(shell('seq 1 2000; echo no >&2', { id: 'a', log_levels: [1] }));
  expect(heard).toEqual(Array.from({ length: 2000 }, (_, n) => `a ${n + 1}`));
  expect(calls).toBeLessThan(1000);
});

test('a handler hears each time a process of a job runs', async () => {
  await using running = await testAgent();
  const ids: string[] = [];
  running.agent.addHandler({
    name: 'test',
    started: ({ id }) => {
      ids.push(id);
    },
  });
  await running.agent.run(shell('exit 1', { id: 'twice', max_restart: 1, restart_delay: 0.01 }));
  await running.agent.run({ command: 'core.system', id: 'never', arguments: { name: 'no-such-program' } });
  expect(ids).toEqual(['twice', 'twice']);
});

test('a malformed statistic is still a message like any other', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const heard: string[] = [];
  agent.addHandler({
    name: 'test',
    message: (_job, { text }) => {
      heard.push(text);
    },
    stats: () => {
      heard.push('statistic');
    },
  });
  await agent.run(shell('echo "10::nonsense"; echo "10::a:b|A"; echo after'));
  expect(heard).toEqual(['nonsense', 'a:b|A', 'after']);
});

test('a handler hears only the levels a command logs', async () => {
  await using running = await testAgent();
  const levels: number[] = [];
  running.agent.addHandler({
    name: 'test',
    message: (_job, { level }) => {
      levels.push(level);
    },
  });
  const result = await running.agent.run(
    shell('echo out; echo "3::public"; echo "7::warning"', { log_levels: [3, 7] }),
  );
  expect(levels).toEqual([3, 7]);
  expect(result.streams[0]).toBe('out\n');
});

test('a handler or hook that throws, rejects or hangs is not felt by the job or by others', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const heard: string[] = [];
  agent.addHandler({
    name: 'throws',
    pre: () => {
      throw new Error('pre');
    },
    message: () => {
      throw new Error('message');
    },
    result: () => {
      throw new Error('result');
    },
  });
  agent.addHandler({
    name: 'rejects or hangs',
    message: (_job, { text }) => (text === '1' ? Promise.reject(new Error('later')) : new Promise(() => undefined)),
  });
  agent.addHandler({
    name: 'fine',
    message: (_job, { text }) => {
      heard.push(text);
    },
  });
  const badHook: Hook = {
    name: 'bad hook',
    started: () => {
      throw new Error('started');
    },
    message: () => {
      throw new Error('message');
    },
    exited: () => {
      throw new Error('exited');
    },
  };
  const result = await agent.run(shell('seq 3000'), {
    hooks: [
      badHook,
      onDelay(0, () => {
        throw new Error('timer');
      }),
    ],
  });
  expect(result).toMatchObject({ state: 'SUCCESS' });
  expect(heard).toHaveLength(3000);
});

test('hooks tell pid, exits, a match and a delay', async () => {
  await using running = await testAgent();
  const { agent } = running;
  await using directory = tempDir();
  const told: string[] = [];
  const hooks = [
    onPid((pid) => told.push(`pid ${pid > 0}`)),
    onMatch('^rea.y \\d+$', ({ text }) => told.push(`match ${text}`)),
    onDelay(200, () => {
      told.push('delay');
      writeFileSync(directory.at('delayed'), '');
    }),
    onExit((succeeded, state) => told.push(`exit ${succeeded} ${state}`)),
  ];
  const script = `echo no; echo ready 1; echo ready 2; until [ -e ${directory.at('delayed')} ]; do sleep 0.01; done; exit 1`;
  await agent.run(shell(script, { max_restart: 1, restart_delay: 0.01 }), { hooks });
  expect(told).toEqual(['pid true', 'match ready 1', 'delay', 'exit false ERROR', 'exit false ERROR']);
});

test('a delay hook does not fire for a run that is over earlier', async () => {
  await using running = await testAgent();
  let fired = false;
  await running.agent.run(shell('true'), { hooks: [onDelay(5000, () => (fired = true))] });
  expect(fired).toBe(false);
});

test('a match hook takes time in proportion to the text, whatever the pattern', async () => {
  await using running = await testAgent();
  const { agent } = running;
  let matched = false;
  const id = await accept(agent, shell(`printf '%s\\n' "${'a'.repeat(50_000)}!"; echo end`), {
    hooks: [onMatch('^(a+)+$', () => (matched = true))],
  });
  await until('it settled', async () => (await agent.jobs.get(id)).state === 'settled');
  expect(matched).toBe(false);
  expect(() => onMatch('(', () => undefined)).toThrow();
});

test('captured output is whole up to its bound, and what is more is counted', async () => {
  await using running = await testAgent();
  const { agent } = running;
  const all = captureOutput();
  const some = captureOutput(10);
  await agent.run(shell('echo 12345; echo err >&2; echo 67890; echo x'), { hooks: [all, some] });
  expect(all.output()).toEqual({ stdout: '12345\n67890\nx\n', stderr: 'err\n', dropped: 0 });
  expect(some.output()).toEqual({ stdout: '12345\n', stderr: 'err\n', dropped: 8 });
});
