import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runningAgent, type RunningAgent } from '../corex.ts';

let agent: RunningAgent;

beforeAll(async () => {
  agent = await runningAgent();
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
});

describe('corex call', () => {
  test('lists every command', async () => {
    const commands = (await agent.json(['call'])) as { command: string; sort: string }[];
    expect(commands).toContainEqual(expect.objectContaining({ command: 'info.mem', sort: 'call' }));
    expect(commands).toContainEqual(expect.objectContaining({ command: 'core.system', sort: 'job' }));
    expect((await agent.run(['call'])).stdout.toString()).toMatch(/^COMMAND +SORT +SUMMARY\n/);
  });

  test('shows the answer as JSON or for people', async () => {
    expect(await agent.json(['call', 'core.ping'])).toMatch(/^PONG/);
    expect((await agent.run(['call', 'core.ping'])).stdout.toString()).toMatch(/^PONG .*\n$/);
    const [found] = await agent.json(['call', 'process.list', `pid=${agent.process.pid}`]);
    expect(found).toMatchObject({ pid: agent.process.pid });
    expect((await agent.run(['call', 'process.list', `{"pid":${agent.process.pid}}`])).stdout.toString()).toMatch(
      /^ *PID/,
    );
    expect(await agent.json(['call', 'logger.reopen'])).toBeNull();
  });

  test('shows the configuration in effect, with who gave each key', async () => {
    expect(await agent.json(['call', 'config.get', 'key=agent.data_dir'])).toEqual({
      'agent.data_dir': { value: agent.dataDir, from: '--data-dir' },
    });
    expect((await agent.run(['call', 'config.get', 'key=jobs'])).stdout.toString()).toMatch(
      /^KEY +VALUE +FROM\njobs\.max +100000 +default\n/,
    );
    expect((await agent.run(['call', 'config.get', 'key=job'])).stderr).toContain('no such key or section');
  });

  test('waits for what is a job, and exits as it did', async () => {
    const good = await agent.run(['call', 'core.system', '{"name": "true"}']);
    expect([good.code, good.stdout.toString()]).toEqual([0, expect.stringContaining('SUCCESS')]);
    const bad = await agent.run(['call', '--json', 'core.system', '{"name": "sh", "args": ["-c", "exit 3"]}']);
    expect([bad.code, JSON.parse(bad.stdout.toString())]).toEqual([3, expect.objectContaining({ code: 1003 })]);
    expect((await agent.run(['call', '-t', '100ms', 'core.system', '{"name": "sleep", "args": ["60"]}'])).code).toBe(
      124,
    );
  });

  test.each([
    [['core.pong'], 1, 'did you mean "core.ping"?'],
    [['info.disk', 'al=true'], 1, 'did you mean "all"?'],
    [['process.kill', 'pid=1'], 1, '"pid" must be more than 1'],
    [['info.disk', '{'], 2, 'Cannot read the arguments'],
    [['port.wait', 'port=1', 'timeout=0.05'], 1, 'Cannot reach "127.0.0.1:1" within 0.05 s'],
  ])('tells what is wrong with %j', async (words, code, message) => {
    const { stderr, ...ended } = await agent.run(['call', ...words]);
    expect(ended.code).toBe(code);
    expect(stderr).toContain(message);
  });
});
