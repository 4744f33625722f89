import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { until } from '../../harness/until.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { runningAgent } from '../corex.ts';

const CONFIG = `
[startup.web]
name = "core.system"
running_delay = 0.05
args = { name = "sleep", args = ["60"] }

[startup.typo]
name = "core.system"
after = ["wbe"]
args = { name = "true" }
`;

test('corex startup lists, stops, starts, restarts and reloads entries', async () => {
  await using files = tempDir();
  await writeFile(files.at('corex.toml'), CONFIG);
  await using agent = await runningAgent('--config', files.at('corex.toml'));
  const text = async (...args: string[]): Promise<string> => (await agent.run(['startup', ...args])).stdout.toString();
  await until('it runs', async () => /web +running/.test(await text()));
  const listed = await agent.run(['startup']);
  expect(listed.code).toBe(1);
  expect(listed.stdout.toString()).toContain('it comes after "wbe", and there is no such entry, did you mean "web"?');

  expect(await text('stop', 'web')).toMatch(/web +stopped/);
  expect(await text('start', 'web')).toMatch(/web +starting/);
  await until('it runs again', async () => /web +running/.test(await text()));
  expect(await text('restart', 'web')).toMatch(/web +starting/);

  await writeFile(files.at('corex.toml'), CONFIG.replace('"wbe"', '"web"'));
  expect(await text('reload')).toBe('added: typo\nunchanged: 1\n');
  await until('all runs or has run', async () => /typo +done/.test(await text()) && /web +running/.test(await text()));
  expect((await agent.run(['startup'])).code).toBe(0);
  const { entries } = await agent.json(['startup']);
  expect(entries).toMatchObject([
    { id: 'web', state: 'running' },
    { id: 'typo', state: 'done' },
  ]);
  expect((await agent.run(['doctor'])).stdout.toString()).toContain('2 of 2 entries are well');
});

test('corex startup says what is wrong with its words', async () => {
  await using agent = await runningAgent();
  const said = async (...args: string[]): Promise<string> => (await agent.run(['startup', ...args])).stderr;
  expect(await said('stop')).toContain('Cannot stop an entry: its id is missing');
  expect(await said('list', 'web')).toContain('"web" is one word too many');
  expect(await said('strat')).toContain('did you mean "start"?');
  expect(await said('start', 'web')).toContain('Cannot start the startup entry "web": none of this id is configured');
  expect(await said()).toContain('Nothing is started with the agent');
});
