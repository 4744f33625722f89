import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { loadConfig } from '../../../src/agent/config.ts';
import { requires } from '../../harness/requires.ts';
import { type TempDir, tempDir } from '../../harness/temp-dir.ts';
import { until } from '../../harness/until.ts';
import { corex, runningAgent } from '../corex.ts';

const fixtures = path.join(import.meta.dirname, '../../fixtures');

function directoryOfTest(): TempDir {
  const directory = tempDir();
  onTestFinished(() => directory[Symbol.asyncDispose]());
  return directory;
}

/** Converts every configuration of a manager into a directory, and gives a configuration that includes it. */
async function convertAll(format: string, isWanted: (name: string) => boolean): Promise<string> {
  const directory = directoryOfTest();
  mkdirSync(directory.at('startup.d'));
  const names = readdirSync(path.join(fixtures, format)).filter((name) => /^\d-/.test(name) && isWanted(name));
  for (const name of names) {
    const target = directory.at('startup.d', `${name}.toml`);
    const { code, stderr } = await corex(['import', format, path.join(fixtures, format, name), '--output', target]);
    expect({ name, code, stderr }).toMatchObject({ code: 0 });
  }
  const config = directory.at('corex.toml');
  writeFileSync(config, '[startup]\ninclude = ["startup.d"]\n', { mode: 0o600 });
  const { entries, problems } = loadConfig({ file: config, environment: {} }).startup;
  expect(problems).toEqual([]);
  expect(entries.length).toBeGreaterThanOrEqual(names.length);
  return config;
}

/** What the job of an entry has said. */
async function saying(agent: Awaited<ReturnType<typeof runningAgent>>, id: string, text: string): Promise<void> {
  await until(`"${id}" says "${text}"`, async () => (await agent.run(['logs', id])).stdout.toString().includes(text), {
    withinMs: 20_000,
  });
}

describe('corex import', () => {
  test.runIf(requires('python3', 'root'))(
    'makes of PM2’s configurations what really runs',
    { timeout: 90_000 },
    async () => {
      const config = await convertAll('pm2', () => true);
      await using agent = await runningAgent('--config', config);
      await saying(agent, 'web', '"args":["--greeting","hello world","--level","3"],"port":"3000"');
      await saying(agent, 'api-1', '"port":"4001","instance":"1"');
      await saying(agent, 'once', 'once was enough');
      await saying(agent, 'worker', '{"retries":3} hello {USER_NAME} secret:nothing 1');
      const { jobs } = (await agent.json(['ps', '--all'])) as { jobs: { id: string; state: string }[] };
      const states = Object.fromEntries(jobs.map(({ id, state }) => [id, state]));
      expect(states).toMatchObject({ binary: 'running', commented: 'running', poller: 'running', once: 'settled' });
      expect(Object.keys(states)).not.toContain('disabled');
      expect(Object.keys(states)).not.toContain('nightly-report');
    },
  );

  test.runIf(requires('root'))(
    'makes of supervisord’s configurations what really runs',
    { timeout: 90_000 },
    async () => {
      const config = await convertAll('supervisord', () => true);
      await using agent = await runningAgent('--config', config);
      await saying(agent, 'cat', 'started as cat, 100% sure');
      await saying(agent, 'workers:worker_07', '0027\n<07><of><3><in><workers>');
      await saying(agent, 'env', `for all|own|a, b = c|http://localhost:8080/x|${process.env['HOME'] ?? ''}/x`);
      await saying(agent, 'one', path.join(fixtures, 'supervisord/conf.d'));
      await saying(agent, 'two', '<two><lines>');
      await saying(agent, 'app', 'app');
      const { jobs } = (await agent.json(['ps', '--all'])) as { jobs: { id: string; started: number }[] };
      const started = (id: string): number => jobs.find((job) => job.id === id)?.started ?? NaN;
      expect(started('migrate')).toBeGreaterThan(Math.max(started('database'), started('cache')));
      expect(started('app')).toBeGreaterThan(started('migrate'));
      expect(jobs.map(({ id }) => id)).not.toContain('manual');
    },
  );

  test('prints what it made, and on standard error what it could not carry over', async () => {
    const file = path.join(fixtures, 'pm2/1-plain.config.cjs');
    const { code, stdout, stderr } = await corex(['import', 'pm2', file, '--env', 'production']);
    expect(code).toBe(0);
    expect(stdout.toString()).toContain('[startup.web]\nname = "core.system"');
    expect(stdout.toString()).toContain('NODE_ENV = "production"');
    expect(stdout.toString()).toContain('# "watch": files are not watched');
    expect(stderr).toContain('web: "watch": files are not watched');
    expect(stderr).toContain(`"${file}" is run to see what it exports`);
  });

  test('writes beside the file, for its owner alone, and over nothing unless told to', async () => {
    const directory = directoryOfTest();
    writeFileSync(directory.at('s.conf'), '[program:a]\ncommand=true\n');
    const args = ['import', 'supervisord', 's.conf', '--write'];
    expect(await corex(args, { cwd: directory.path })).toMatchObject({ code: 0 });
    const before = readFileSync(directory.at('s.toml'), 'utf8');
    expect(before).toContain('[startup.a]');
    expect(statSync(directory.at('s.toml')).mode & 0o777).toBe(0o600);
    const again = await corex(args, { cwd: directory.path });
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('it exists') as string });
    expect(await corex([...args, '--force'], { cwd: directory.path })).toMatchObject({ code: 0 });
  });

  test.each([
    [['pm2', 'none.json'], 78, 'Cannot read "'],
    [['supervisord', 'bad.conf'], 78, 'line 1: it stands before any section'],
    [['pm2', 'bad.cjs'], 78, 'Cannot evaluate "'],
    [['pm2', 'bad.yaml'], 78, 'Cannot read "'],
    [['systemd', 'x'], 2, 'unknown action "systemd", one of pm2, supervisord is wanted'],
    [['pm2'], 2, 'something is missing'],
  ])('says what is wrong with %j', async (args, code, message) => {
    const directory = directoryOfTest();
    writeFileSync(directory.at('bad.conf'), 'x=1\n');
    writeFileSync(directory.at('bad.cjs'), 'throw new Error("broken");');
    writeFileSync(directory.at('bad.yaml'), 'a: [');
    const finished = await corex(['import', ...args], { cwd: directory.path });
    expect(finished.stderr).toContain(message);
    expect(finished.code).toBe(code);
  });
});
