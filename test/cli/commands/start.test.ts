import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { isAlive } from '../../harness/processes.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { until } from '../../harness/until.ts';
import { within } from '../../harness/within.ts';
import { corex, finished, type RunningAgent, runningAgent, startCorex } from '../corex.ts';

/** The process of its one job, once there is one. */
async function runningPid(agent: RunningAgent): Promise<number> {
  return await until('the job runs', async () => {
    const { jobs } = (await agent.json(['ps'])) as { readonly jobs: readonly { readonly pid?: number }[] };
    return jobs[0]?.pid;
  });
}

describe('corex start', () => {
  test('tells where it takes commands, and ends in order on SIGTERM', async () => {
    await using agent = await runningAgent('--name', 'the-agent', '--log-level', 'error');
    expect(agent.said()).toMatch(
      /^corex: agent "the-agent" takes commands at unix:\S+ and ws:\/\/127\.0\.0\.1:\d+ \(pid \d+\)\n$/,
    );
    expect(readFileSync(path.join(agent.dataDir, 'agent.pid'), 'utf8').trim()).toBe(String(agent.process.pid));
    const ended = finished(agent.process);
    agent.process.kill('SIGTERM');
    expect(await within(10_000, 'the end', ended)).toMatchObject({ code: 0, signal: null });
    expect(statSync(path.join(agent.dataDir, 'endpoints'), { throwIfNoEntry: false })).toBeUndefined();
  });

  test('names the agent that uses the data directory', async () => {
    await using agent = await runningAgent();
    const second = await corex([
      'start',
      '--data-dir',
      agent.dataDir,
      '--listen',
      'ws://127.0.0.1:0',
      '--log-level',
      'silent',
    ]);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/^corex: Cannot /);
    expect(second.stderr).toContain(String(agent.process.pid));
    expect((await agent.run(['run', '--', 'true'])).code).toBe(0);
  });

  test('exits with 78 for a configuration that can not be used', async () => {
    await using directory = tempDir();
    const file = directory.at('corex.toml');
    writeFileSync(file, '[agnet]\nname = "x"\n');
    expect(await corex(['start', '--config', file])).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('agnet'),
    });
    expect(await corex(['start', '--config', directory.at('none.toml')])).toMatchObject({ code: 78 });
    expect(await corex(['start', '--data-dir', directory.at('d'), '--listen', 'http://x'])).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('--listen'),
    });
    expect(await corex(['start', '--log-level', 'loud'])).toMatchObject({ code: 2 });
  });

  test('exits with 78 for a token file or an address that can not be used, but not for a port that is taken', async () => {
    await using directory = tempDir();
    const start = (dataDir: string, listen: string) =>
      corex(['start', '--data-dir', dataDir, '--listen', listen, '--log-level', 'silent']);
    const open = directory.at('open');
    mkdirSync(open, { mode: 0o700 });
    writeFileSync(path.join(open, 'token'), 'x'.repeat(40), { mode: 0o644 });
    expect(await start(open, 'ws://127.0.0.1:0')).toMatchObject({ code: 78, stderr: expect.stringContaining('token') });
    expect(await start(directory.at('d'), 'ws://nobody.invalid:0')).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('nobody.invalid'),
    });
    await using other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    expect(await start(directory.at('d'), `ws://127.0.0.1:${port}`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('EADDRINUSE'),
    });
  });

  test('goes on in a new log file on SIGUSR1, and takes another log level from its configuration on SIGHUP', async () => {
    await using directory = tempDir();
    const [config, log] = [directory.at('corex.toml'), directory.at('log')];
    const configure = (level: string) => writeFileSync(config, `[log]\nfile = "${log}"\nlevel = "${level}"\n`);
    configure('info');
    await using agent = await runningAgent('--config', config);
    renameSync(log, directory.at('log.1'));
    agent.process.kill('SIGUSR1');
    expect((await agent.run(['call', 'logger.set_level', 'level=debug'])).code).toBe(0);
    await until('it debugs into the new file', () => readFileSync(log, 'utf8').includes('"level":"debug"'));
    expect(readFileSync(directory.at('log.1'), 'utf8')).not.toContain('"level":"debug"');
    configure('warn');
    agent.process.kill('SIGHUP');
    await until('the level is that of the file', async () => {
      const { before } = await agent.json(['call', 'logger.set_level', 'level=debug']);
      return before === 'warn';
    });
    expect(await agent.json(['call', 'config.get', 'key=log.level'])).toMatchObject({ 'log.level': { value: 'warn' } });
  });

  test('ends at once on a second signal', async () => {
    await using agent = await runningAgent();
    await agent.run(['run', '-d', '--grace', '60', '--', 'sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done']);
    const pid = await runningPid(agent);
    const ended = finished(agent.process);
    agent.process.kill('SIGINT');
    await until('it is stopping', () => agent.said().includes('Asked to stop'));
    agent.process.kill('SIGINT');
    const end = await within(10_000, 'the end', ended);
    expect([end.code, end.signal]).toEqual(end.code === null ? [null, 'SIGINT'] : [0, null]);
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
});

describe('corex stop', () => {
  test('returns when the agent is gone', async () => {
    await using agent = await runningAgent();
    expect(await agent.json(['stop'])).toEqual({ stopped: true, left: [], count: 0 });
    await until('the process is gone', () => agent.process.exitCode !== null);
    expect(agent.process.exitCode).toBe(0);
    expect((await agent.run(['stop'])).code).toBe(125);
  });

  test('--drain ends the jobs first', async () => {
    await using agent = await runningAgent();
    await agent.run(['run', '-d', '--id', 'x', '--', 'sleep', '600']);
    const pid = await runningPid(agent);
    expect((await agent.run(['stop', '--drain'])).code).toBe(0);
    expect(isAlive(pid)).toBe(false);
  });
});

describe('corex token', () => {
  test('shows the token, and replaces it in the running agent', async () => {
    await using agent = await runningAgent();
    const { token: first, file } = await agent.json(['token']);
    expect(readFileSync(file, 'utf8').trim()).toBe(first);
    const url = readFileSync(path.join(agent.dataDir, 'endpoints'), 'utf8')
      .split('\n')
      .find((line) => line.startsWith('ws:'));
    const ping = (token: string) =>
      corex(['run', '--command', 'core.ping'], { env: { COREX_URL: url, COREX_TOKEN: token } });
    expect((await ping(first)).code).toBe(0);
    const rotated = await agent.run(['token', 'rotate']);
    expect(rotated.stderr).toContain('the running agent takes it now');
    const fresh = rotated.stdout.toString().trim();
    expect(fresh).not.toBe(first);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await until('the new token lets in', async () => (await ping(fresh)).code === 0);
    expect((await ping(first)).code).toBe(125);
  });

  test('is made by the first start, or by rotate', async () => {
    await using directory = tempDir();
    const none = await corex(['token', '--data-dir', directory.at('d')]);
    expect(none).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^corex: Cannot read the token.*\n.*"corex start"/),
    });
    const made = await corex(['token', 'rotate', '--data-dir', directory.at('d')]);
    expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('no agent answers') });
    expect(await corex(['token', '--data-dir', directory.at('d')])).toMatchObject({ code: 0, stdout: made.stdout });
  });
});

describe('corex version', () => {
  const own = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../../package.json'), 'utf8'))
    .version as string;

  test('tells of corex and, when there is one, of the agent', async () => {
    await using agent = await runningAgent();
    expect(await agent.json(['version'])).toMatchObject({ version: own, protocol: 1, agent: { version: own } });
    const alone = await corex(['--version'], { env: { COREX_DATA_DIR: '/nonexistent' } });
    expect(alone.stdout.toString()).toBe(`corex ${own} (protocol 1, Node ${process.version})\n`);
  });
});

describe('corex doctor', () => {
  test('finds nothing wrong with a running agent', async () => {
    await using agent = await runningAgent();
    const { ok, checks } = await agent.json(['doctor']);
    expect(checks.filter(({ status }: { status: string }) => status === 'fail')).toEqual([]);
    expect(ok).toBe(true);
    const names = checks.map(({ name }: { name: string }) => name);
    for (const name of [
      'Node',
      'SQLite',
      'Data directory',
      'Disk',
      'Token',
      'Agent process',
      'Socket path',
      'Agent version',
      'Launcher',
    ]) {
      expect(names).toContain(name);
    }
    expect((await agent.run(['doctor'])).stdout.toString()).toMatch(/^ok {4}Node +\d/);
  });

  test('exits with 1 when something fails, and says what to do', async () => {
    await using directory = tempDir();
    const dataDir = directory.at('open');
    mkdirSync(dataDir, { mode: 0o777 });
    writeFileSync(path.join(dataDir, 'token'), 'x', { mode: 0o644 });
    writeFileSync(path.join(dataDir, 'endpoints'), `unix:${directory.at('nobody')}\n`);
    writeFileSync(path.join(dataDir, 'agent.pid'), '999999999\n');
    const { code, stdout } = await corex(['doctor', '--data-dir', dataDir]);
    expect(code).toBe(1);
    expect(stdout.toString()).toContain('FAIL  Token');
    expect(stdout.toString()).toContain('→ Run: corex token rotate');
    expect(stdout.toString()).toContain('FAIL  Endpoint');
    expect(stdout.toString()).toMatch(/warn {2}Agent process +none\n +→ Run: corex start/);
    rmSync(dataDir, { recursive: true });
    expect((await corex(['doctor', '--data-dir', dataDir])).code).toBe(0);
  });
});

describe('COREX_DEBUG=1', () => {
  test('adds the stack of an error', async () => {
    await using directory = tempDir();
    const env = { COREX_DATA_DIR: directory.path, COREX_DEBUG: '1' };
    expect((await corex(['ps'], { env })).stderr).toMatch(/^corex: Cannot find an agent.*\n.*\n.*\n? +at /s);
    expect((await finished(startCorex(['ps'], { env: { COREX_DATA_DIR: directory.path } }))).stderr).not.toContain(
      '    at ',
    );
  });
});
