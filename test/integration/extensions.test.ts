import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { startAgent } from '../../src/agent/agent.ts';
import type { Agent } from '../../src/agent/agent-api.ts';
import { loadConfig } from '../../src/agent/config.ts';
import type { JsonValue } from '../../src/base/json.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import { descendantsOf, isAlive } from '../harness/processes.ts';
import { requires } from '../harness/requires.ts';
import { tempDir, type TempDir } from '../harness/temp-dir.ts';
import { accept, testAgent } from '../harness/test-agent.ts';
import { until } from '../harness/until.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';

const run = (agent: Agent, command: string, args?: JsonValue, more: object = {}): Promise<JobResult> =>
  agent.run({ command, ...(args === undefined ? {} : { arguments: args }), ...more });

describe('the shipped extensions', () => {
  test('bash runs a script with arguments and standard input', async () => {
    await using stage = await testAgent();
    const result = await run(stage.agent, 'bash', {
      script: 'printf "<%s>" "$@"; cat; exit 3',
      args: ['a b', '$(id)', 1_000_000],
      stdin: 'in',
    });
    expect(result).toMatchObject({ code: 1003, streams: ['<a b><$(id)><1000000>in', ''], command: 'bash' });
    expect(await run(stage.agent, 'bash', { script: '--version' })).toMatchObject({ code: 1127 });
  });

  test('bash refuses what is wrong, and says when there is no shell', async () => {
    await using stage = await testAgent();
    for (const args of [undefined, {}, { script: null }, { script: 5 }, { scirpt: 'x' }]) {
      expect(await run(stage.agent, 'bash', args)).toMatchObject({
        refused: true,
        code: 400,
        error: { code: 'bad-arguments' },
      });
    }
    expect(await run(stage.agent, 'bash', { script: 'true', dir: '/nonexistent' })).toMatchObject({
      reason: 'spawn-failed',
      error: { code: 'bad-directory' },
    });
  });

  test.runIf(requires('python3'))('python runs a script or a module', async () => {
    await using stage = await testAgent();
    const script = 'import sys\nprint(sys.argv[1:], sys.stdin.read())\nclass A: pass\nprint(A.__module__)\nsys.exit(4)';
    expect(await run(stage.agent, 'python', { script, args: ['a b', 2], stdin: 'in' })).toMatchObject({
      code: 1004,
      streams: ["['a b', '2'] in\n__main__\n", ''],
    });
    const broken = await run(stage.agent, 'python', { script: 'def f():\n  1/0\nf()' });
    expect(broken.streams[1]).toMatch(/File "<script>", line 2, in f[^]*ZeroDivisionError/);
    expect(await run(stage.agent, 'python', { module: 'json.tool', stdin: '{"a":1}' })).toMatchObject({
      state: 'SUCCESS',
      streams: ['{\n    "a": 1\n}\n', ''],
    });
    for (const args of [{}, { script: 'x', module: 'y' }, { module: 'os; x' }]) {
      expect(await run(stage.agent, 'python', args)).toMatchObject({ refused: true, code: 400 });
    }
  });

  test.runIf(requires('git'))('git.clone clones, and nothing it is given is an option or a program', async () => {
    await using stage = await testAgent();
    const at = (name: string): string => `${stage.dataDir}/${name}`;
    const git = (...args: string[]): unknown => execFileSync('git', ['-C', at('repo'), ...args], { stdio: 'ignore' });
    mkdirSync(at('repo'));
    git('init', '-q');
    git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'x');
    const clone = (args: Record<string, JsonValue>): Promise<JobResult> => run(stage.agent, 'git.clone', args);
    expect(await clone({ url: at('repo'), directory: at('one') })).toMatchObject({ state: 'SUCCESS' });
    expect(existsSync(at('one/.git'))).toBe(true);
    expect(await clone({ url: at('repo'), directory: '--bare', dir: stage.dataDir })).toMatchObject({
      state: 'SUCCESS',
    });
    expect(existsSync(at('--bare/.git'))).toBe(true);
    for (const url of [
      `--upload-pack=touch ${at('owned')}`,
      `-u touch ${at('owned')}`,
      `ext::sh -c touch% ${at('owned')}`,
      `ssh://-oProxyCommand=touch%20${at('owned')}/x`,
    ]) {
      expect(await clone({ url, directory: at('two') })).toMatchObject({ state: 'ERROR' });
    }
    expect(
      await clone({ url: at('repo'), directory: at('three'), branch: `x --upload-pack=touch ${at('owned')}` }),
    ).toMatchObject({ state: 'ERROR' });
    expect(existsSync(at('owned'))).toBe(false);
  });
});

describe('the extensions of an agent', () => {
  test('stand in "command.list" with the schema of their parameters', async () => {
    await using stage = await testAgent();
    const { data } = await run(stage.agent, 'command.list');
    const commands = JSON.parse(data) as { name: string; sort: string; arguments: object }[];
    expect(commands.find(({ name }) => name === 'bash')).toMatchObject({
      sort: 'job',
      summary: 'Runs a Bash script.',
      arguments: { required: ['script'], properties: { args: { description: expect.any(String) as string } } },
    });
  });

  test('fill in what a command leaves open, and no more', async () => {
    await using stage = await testAgent();
    mkdirSync(`${stage.dataDir}/extensions`, { mode: 0o700 });
    writeFileSync(
      `${stage.dataDir}/extensions/tool.toml`,
      'binary = "true"\n[defaults]\ntags = ["a"]\nqueue = "tools"\nmax_time = 7\n',
    );
    expect(JSON.parse((await run(stage.agent, 'extension.reload')).data)).toMatchObject({ added: ['tool'] });
    const plain = await run(stage.agent, 'tool', undefined, { id: 'plain' });
    expect(plain.tags).toEqual(['a']);
    expect(await stage.agent.jobs.get('plain')).toMatchObject({ queue: 'tools', tags: ['a'], title: 'tool' });
    await run(stage.agent, 'tool', {}, { id: 'own', queue: 'mine', tags: ['b'] });
    expect(await stage.agent.jobs.get('own')).toMatchObject({ queue: 'mine', tags: ['b'] });
    // The same again attaches, although its defaults are not the caller's.
    expect(await run(stage.agent, 'tool', undefined, { id: 'plain' })).toEqual(plain);
  });

  test('are read again on a reload of the agent', async () => {
    await using stage = await testAgent();
    mkdirSync(`${stage.dataDir}/extensions`, { mode: 0o700 });
    writeFileSync(`${stage.dataDir}/extensions/tool.toml`, 'binary = "true"\n');
    expect(await run(stage.agent, 'tool')).toMatchObject({ state: 'UNKNOWN_CMD', code: 404 });
    await stage.agent.reload();
    expect(await run(stage.agent, 'tool')).toMatchObject({ state: 'SUCCESS' });
  });
});

describe('the jobs of an extension', () => {
  const script = 'sh -c "sleep 60 & wait" & wait';

  test('have a pid, and end by a kill with all their children', async () => {
    await using stage = await testAgent();
    const pids = await startFamily(stage.agent, 'family', script);
    expect(pids).toHaveLength(3);
    await stage.agent.jobs.kill('family');
    const { result } = await stage.agent.jobs.view('family');
    expect(await result).toMatchObject({ state: 'KILLED', reason: 'killed', code: 1143, survivors: [] });
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test('end with all their children when the agent stops', async () => {
    await using stage = await testAgent();
    const pids = await startFamily(stage.agent, 'family', script);
    const { result } = await stage.agent.jobs.view('family');
    await stage.agent.stop({ deadlineMs: 5000 });
    expect(await result).toMatchObject({ state: 'KILLED', error: { code: 'shutting-down' } });
    expect(pids.filter(isAlive)).toEqual([]);
  });
});

describe('`extension.reload`', () => {
  test('reads the tables of the configuration again, and takes over nothing else of it', async () => {
    await using directory = tempDir();
    const file = directory.at('corex.toml');
    const read = () => loadConfig({ file, environment: {}, flags: flagsIn(directory) });
    writeFileSync(file, '[jobs]\nmax = 10\n[extension.one]\nbinary = "true"\n');
    const notes: string[] = [];
    const logger = { ...silentLogger, info: (_facts: object, text: string) => notes.push(text) };
    await using agent = await startAgent({
      config: read(),
      readConfig: read,
      logger: { ...logger, child: () => silentLogger },
    });
    writeFileSync(file, '[jobs]\nmax = 20\n[extension.two]\nbinary = "true"\n');
    const { data } = await run(agent, 'extension.reload');
    expect(JSON.parse(data)).toEqual({ added: ['two'], changed: [], removed: ['one'], failed: [] });
    expect(await run(agent, 'two')).toMatchObject({ state: 'SUCCESS' });
    expect(await run(agent, 'one')).toMatchObject({ state: 'UNKNOWN_CMD' });
    expect(notes).not.toContain('Token, certificates and configuration were read again');
    writeFileSync(file, '[jobs]\nmax = "many"\n');
    expect(await run(agent, 'extension.reload')).toMatchObject({
      code: 400,
      error: { code: 'bad-arguments', message: expect.stringContaining('"jobs.max"') as string },
    });
    expect(await run(agent, 'two')).toMatchObject({ state: 'SUCCESS' });
  });
});

/** Starts a script of two levels of children and resolves to the pids of all three when they run. */
async function startFamily(agent: Agent, id: string, script: string): Promise<number[]> {
  await accept(agent, { command: 'bash', id, arguments: { script } });
  return await until('the family runs', async () => {
    const { pid } = await agent.jobs.get(id);
    const pids = pid === undefined ? [] : [pid, ...descendantsOf(pid)];
    return pids.length === 3 ? pids : undefined;
  });
}

/** Where an agent of a test keeps everything. */
function flagsIn(directory: TempDir): { key: string; value: string | string[]; label: string }[] {
  return [
    { key: 'agent.data_dir', value: directory.at('data'), label: 'data' },
    { key: 'agent.runtime_dir', value: directory.at('run'), label: 'run' },
    { key: 'agent.listen', value: [`unix:${directory.at('s')}`], label: 'listen' },
    { key: 'agent.launcher', value: 'in-process', label: 'launcher' },
  ];
}

describe('the page about extensions', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/extensions.md'), 'utf8');
  const block = (language: string, number = 0): string =>
    [...page.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))][number]?.[1] ?? '';

  test('has an extension that greets', async () => {
    await using stage = await testAgent();
    mkdirSync(`${stage.dataDir}/extensions`, { mode: 0o700 });
    writeFileSync(`${stage.dataDir}/extensions/greet.toml`, block('toml'));
    await stage.agent.reload();
    expect(await run(stage.agent, 'greet', { name: 'a; b', loud: true })).toMatchObject({
      streams: ['Hello, a; b !!!\n', ''],
    });
  });

  test.runIf(requires('python3'))('has a plugin that answers', async () => {
    await using directory = tempDir();
    writeFileSync(directory.at('disk.py'), block('python'), { mode: 0o700 });
    const asked = block('toml', 3).replace(/^exports.*$/m, '');
    writeFileSync(directory.at('corex.toml'), asked);
    const config = loadConfig({ file: directory.at('corex.toml'), environment: {}, flags: flagsIn(directory) });
    await using agent = await startAgent({ config, logger: silentLogger });
    const usage = await run(agent, 'disk.usage', { path: '/' }, { id: 'usage' });
    expect(usage).toMatchObject({ state: 'SUCCESS', level: 20 });
    expect(JSON.parse(usage.data)).toEqual({ used: expect.any(Number), free: expect.any(Number) });
    expect(await agent.jobs.get('usage')).toMatchObject({ queue: 'disk', command: 'disk.usage' });
    expect(await run(agent, 'disk.scrub')).toMatchObject({ state: 'ERROR', code: 1001, data: '"not done yet"' });
  });
});
