import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { hungFileSystem } from '../../harness/hung-file-system.ts';
import { isAlive, openFilesOf } from '../../harness/processes.ts';
import { requires } from '../../harness/requires.ts';
import { until } from '../../harness/until.ts';
import { KeeperStage } from '../keeper-client/keeper-stage.ts';
import { RawAgent } from './raw-agent.ts';
import { runKey } from '../../harness/run-key.ts';

const MAIN = path.join(import.meta.dirname, '../../../src/host/keeper/main.ts');

describe('the keeper', () => {
  test('leads a session of its own and holds nothing of the agent that started it', async () => {
    await using stage = new KeeperStage();
    const { launcher } = await stage.open(1);
    const pid = launcher.ownerPid ?? 0;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    expect([stat[2], stat[3]]).toEqual([String(pid), String(pid)]);
    const files = openFilesOf(pid);
    expect([0, 1, 2].map((fd) => files.get(fd))).toEqual(['/dev/null', '/dev/null', '/dev/null']);
    const ours = new Set([...openFilesOf(process.pid).values(), ...openFilesOf(process.ppid).values()]);
    expect([...files.values()].filter((target) => /^(pipe|socket):/.test(target) && ours.has(target))).toEqual([]);
    expect(statSync(`${stage.directory}/k.sock`).mode & 0o777).toBe(0o600);
    expect(readFileSync(`${stage.directory}/keeper.pid`, 'utf8')).toBe(`${pid}\n`);
  });

  test('ends when nobody comes and it has nothing to keep, and takes its files with it', async () => {
    await using stage = new KeeperStage();
    const keeper = start(stage, 100);
    await once(keeper, 'exit');
    expect(keeper.exitCode).toBe(0);
    expect(['keeper.pid', 'keeper.json', 'k.sock'].filter((name) => existsSync(`${stage.directory}/${name}`))).toEqual(
      [],
    );
    expect(stage.log).toContain('There is nothing to keep and no agent');
  });

  test('ends a while after an agent that was killed, and not while a record is needed', async () => {
    await using stage = new KeeperStage();
    const keeper = start(stage, 100);
    await until('it listens', () => existsSync(`${stage.directory}/k.sock`));
    const agent = await stage.open(1);
    await agent.launcher.spawn(runKey('a'), stage.spec('true'));
    await agent.exited(runKey('a'));
    await agent.launcher.close();
    const next = await stage.open(2);
    expect(next.runs).toHaveLength(1);
    next.launcher.forget(runKey('a'));
    using raw = await RawAgent.open(`${stage.directory}/k.sock`, 3);
    raw.socket.destroy();
    if (keeper.exitCode === null) await once(keeper, 'exit');
    expect(keeper.exitCode).toBe(0);
  });

  test('gives way to one that was there before it', async () => {
    await using stage = new KeeperStage();
    const { launcher } = await stage.open(1);
    const keeper = start(stage, 10_000);
    await once(keeper, 'exit');
    expect(keeper.exitCode).toBe(0);
    expect(await launcher.spawn(runKey('a'), stage.spec('true'))).toMatchObject({ type: 'started' });
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'ignores %s while it keeps runs, and ends by it when it keeps none',
    async (signal) => {
      await using stage = new KeeperStage();
      const agent = await stage.open(1);
      const pid = agent.launcher.ownerPid ?? 0;
      await agent.launcher.spawn(runKey('a'), stage.spec('read go; exit 5', { stdin: { type: 'stream' } }));
      process.kill(pid, signal);
      await until('it is said', () => stage.log.includes(`${signal} is ignored: 1 runs are kept`));
      await agent.launcher.writeStdin(runKey('a'), 0, Buffer.from('\n'));
      expect((await agent.exited(runKey('a'))).exit).toEqual({ code: 5 });
      agent.launcher.forget(runKey('a'));
      await agent.launcher.close();
      await until('it has ended', () => !isAlive(pid));
      const other = start(stage, 10_000);
      await until('another listens', () => existsSync(`${stage.directory}/k.sock`));
      other.kill(signal);
      await once(other, 'exit');
      expect([other.exitCode, other.signalCode]).toEqual([0, null]);
    },
  );

  test('ends with its runs when its directory is removed', async () => {
    await using stage = new KeeperStage();
    const agent = await stage.open(1);
    const pid = agent.launcher.ownerPid ?? 0;
    const started = await agent.launcher.spawn(runKey('a'), stage.spec('sleep 60'));
    rmSync(stage.directory, { recursive: true });
    await agent.launcher.close();
    await until('it has ended', () => !isAlive(pid));
    expect(started.type === 'started' && isAlive(started.pid)).toBe(false);
    expect(existsSync(stage.directory)).toBe(false);
  });

  test('makes its files again when they are removed', async () => {
    await using stage = new KeeperStage();
    const agent = await stage.open(1);
    await agent.launcher.spawn(runKey('a'), stage.spec('sleep 60'));
    for (const name of ['keeper.pid', 'keeper.json', 'k.sock']) rmSync(`${stage.directory}/${name}`);
    await until(
      'they are there',
      () => stage.keeperPid === agent.launcher.ownerPid && existsSync(`${stage.directory}/k.sock`),
    );
    expect((await stage.open(2)).runs).toHaveLength(1);
  });

  test.runIf(requires('mounts'))('works where its files can not be written', async ({ skip }) => {
    await using stage = new KeeperStage();
    const full = `${stage.directory}/full`;
    mkdirSync(full);
    if (!mountFullDisk(full)) skip('mounting is not allowed here');
    using _mounted = { [Symbol.dispose]: () => execFileSync('umount', ['-l', full]) };
    mkdirSync(`${full}/data`);
    mkdirSync(`${full}/other`);
    const options = { dataDir: `${full}/data` };
    const agent = await stage.open(1, options);
    await agent.launcher.spawn(runKey('a'), stage.spec('echo said; sleep 0.2; exit 6'));
    await agent.launcher.close();
    expect(existsSync(`${full}/data/keeper.json`)).toBe(false);
    const next = await stage.open(2, options);
    expect(next.runs.map(({ key }) => key)).toEqual([runKey('a')]);
    expect((await next.exited(runKey('a'))).exit).toEqual({ code: 6 });
    expect(await next.output(runKey('a'))).toBe('said\n');
  });

  test.runIf(requires('fuse'))('answers though the disk of its files does not', async () => {
    await using stage = new KeeperStage();
    using _hung = hungFileSystem(`${stage.directory}/hung`);
    const keeper = start(stage, 60_000, `${stage.directory}/hung/data`);
    try {
      await until('it listens', () => existsSync(`${stage.directory}/k.sock`));
      using agent = await RawAgent.open(`${stage.directory}/k.sock`, 1);
      expect(agent.isClosed).toBe(false);
    } finally {
      keeper.kill('SIGKILL');
    }
  });

  test('goes on after an error that nobody expected', async () => {
    await using stage = new KeeperStage();
    const agent = await stage.open(1);
    await agent.launcher.spawn(runKey('a'), stage.spec('sleep 0.3; exit 5'));
    // No file can have such a name: whatever that throws, it hurts this run alone.
    const odd = stage.spec('echo x', { output: { directory: '\0', start: 0, keepBytes: 10, memoryBytes: 0 } });
    await agent.launcher.spawn(runKey('odd'), odd);
    expect((await agent.exited(runKey('a'))).exit).toEqual({ code: 5 });
    expect(await agent.launcher.spawn(runKey('b'), stage.spec('true'))).toMatchObject({ type: 'started' });
  });

  test('has loaded nothing that waits for children in another way, nothing of the agent, and koffi', async () => {
    await using stage = new KeeperStage();
    const list = stage.at('modules.json');
    const agent = await stage.open(1, {
      program: path.join(import.meta.dirname, '../../fixtures/programs/keeper-that-lists-modules.ts'),
      environment: { ...process.env, MODULE_LIST: list },
    });
    await agent.launcher.spawn(runKey('a'), stage.spec('echo said'));
    await agent.output(runKey('a'));
    agent.launcher.forget(runKey('a'));
    await agent.launcher.close();
    const files = JSON.parse(readFileSync(list, 'utf8')) as string[];
    const builtin = files.flatMap((file) => /^node:(.+)/.exec(file)?.[1] ?? []);
    expect(builtin).toContain('net');
    expect(builtin.filter((name) => /child_process|cluster|worker_threads|sqlite|http/.test(name))).toEqual([]);
    const packages = new Set(files.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []));
    expect([...packages].filter((name) => !name.startsWith('koffi') && !name.startsWith('@koromix/koffi'))).toEqual([]);
    expect([...packages].some((name) => name === 'koffi')).toBe(true);
    const own = files.filter((file) => !file.includes('/node_modules/'));
    const rooms = new Set(own.flatMap((file) => /\/src\/([a-z]+)\//.exec(file)?.[1] ?? []));
    expect([...rooms].toSorted()).toEqual(['base', 'host', 'protocol']);
  });
});

/** A disk that holds two folders and nothing more. */
function mountFullDisk(at: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,nr_inodes=3', 'tmpfs', at], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function start(stage: KeeperStage, idleMs: number, dataDir = stage.directory) {
  const socket = `${stage.directory}/k.sock`;
  const args = ['--data-dir', dataDir, '--socket', socket, '--version', '1.0.0', '--idle-ms', String(idleMs)];
  return spawn(process.execPath, [MAIN, ...args], { stdio: 'ignore' });
}
