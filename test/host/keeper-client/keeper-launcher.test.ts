import { createHash } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';

import { describe, expect, onTestFinished, test } from 'vitest';

import { Leftovers } from '../../../src/host/leftovers.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { armFaults, FAULT_VARIABLE } from '../../../src/base/fault.ts';
import { isAlive } from '../../harness/processes.ts';
import { until } from '../../harness/until.ts';
import { endKeeper, KeeperStage } from './keeper-stage.ts';
import { runKey } from '../../harness/run-key.ts';

describe('KeeperLauncher', () => {
  test('finds the runs of the agent before, alive or ended, with all they said', async () => {
    await using stage = new KeeperStage();
    const first = await stage.open(1);
    await first.launcher.spawn(runKey('alive'), stage.spec('echo one; sleep 0.5; echo two; exit 42'));
    await first.launcher.spawn(runKey('ended'), stage.spec('echo said; exit 7'));
    await first.launcher.spawn(runKey('forgotten'), stage.spec('true'));
    await first.exited(runKey('ended'));
    await first.exited(runKey('forgotten'));
    first.launcher.forget(runKey('forgotten'));
    await first.launcher.close();

    const second = await stage.open(2);
    expect(second.epoch).toBe(first.epoch);
    expect(second.runs.map(({ key }) => key)).toEqual([runKey('alive'), runKey('ended')]);
    expect(second.runs[1]).toMatchObject({ exit: { exit: { code: 7 } }, outputEnd: 5 });
    expect(await second.launcher.read(runKey('ended'), 0, 100)).toMatchObject({ next: 5, ended: true });
    expect((await second.exited(runKey('alive'))).exit).toEqual({ code: 42 });
    expect(await second.output(runKey('alive'))).toBe('one\ntwo\n');
    expect(second.of('exited')).toHaveLength(1);
  });

  test('lets the keeper end that keeps nothing any more, and leaves one alone that does', async () => {
    await using stage = new KeeperStage();
    const first = await stage.open(1);
    const pid = first.launcher.ownerPid ?? 0;
    await first.launcher.spawn(runKey('a'), stage.spec('sleep 60'));
    await first.launcher.close();
    expect(isAlive(pid)).toBe(true);

    const second = await stage.open(2);
    await second.launcher.stop(runKey('a'), 'killed', 0);
    await second.exited(runKey('a'));
    second.launcher.forget(runKey('a'));
    await second.launcher.close();
    expect(isAlive(pid)).toBe(false);
    expect(['keeper.pid', 'keeper.json', 'k.sock'].filter((name) => existsSync(`${stage.directory}/${name}`))).toEqual(
      [],
    );
  });

  test('is refused once a newer agent has come, and says so', async () => {
    await using stage = new KeeperStage();
    const older = await stage.open(5);
    const newer = await stage.open(6);
    await until('the older one was put out', () => older.launcher.trouble?.includes('another agent has come since'));
    await expect(older.launcher.spawn(runKey('a'), stage.spec('true'))).rejects.toMatchObject({
      code: 'keeper-unavailable',
    });
    await expect(stage.open(5)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await newer.launcher.spawn(runKey('b'), stage.spec('true'))).toMatchObject({ type: 'started' });
  });

  describe('when the connection breaks', () => {
    test('goes on: nothing is told twice or left out, nothing is started twice', async () => {
      await using stage = new KeeperStage();
      const agent = await stage.open(1);
      const { launcher } = agent;
      const file = stage.at('starts');
      const script = `echo $COREX_RUN >> ${file}; i=0; while [ $i -lt 400 ]; do echo line $i; i=$((i+1)); done; sleep 0.05; exit 3`;
      const keys = Array.from({ length: 30 }, (_, index) => runKey(`job${index}`));
      for (const [index, key] of keys.entries()) {
        const started = launcher.spawn(key, stage.spec(script));
        if (index % 5 === 2) breakConnections();
        expect(await started).toMatchObject({ type: 'started' });
      }
      const lines = Array.from({ length: 400 }, (_, index) => `line ${index}\n`).join('');
      for (const key of keys) {
        expect((await agent.exited(key)).exit).toEqual({ code: 3 });
        expect(await agent.output(key)).toBe(lines);
      }
      expect(
        agent
          .of('exited')
          .map(({ key }) => key)
          .toSorted(),
      ).toEqual(keys.toSorted());
      expect(agent.of('started')).toHaveLength(keys.length);
      expect(agent.of('gone')).toEqual([]);
      expect(readFileSync(file, 'utf8').trim().split('\n').toSorted()).toEqual(keys.toSorted());
    });

    test('asks again what can be asked again: stops, reads and input', async () => {
      await using stage = new KeeperStage();
      const agent = await stage.open(1);
      const { launcher } = agent;
      await launcher.spawn(runKey('cat'), stage.spec('cat', { stdin: { type: 'stream' } }));
      await launcher.spawn(runKey('sleep'), stage.spec('sleep 60'));
      const input = Buffer.alloc(300_000, 'input ');
      for (let taken = 0; taken < input.length;) {
        const writing = launcher.writeStdin(runKey('cat'), taken, input.subarray(taken, taken + 50_000));
        breakConnections();
        taken = await writing;
      }
      const stopping = launcher.stop(runKey('sleep'), 'timeout', 0);
      breakConnections();
      await stopping;
      await launcher.closeStdin(runKey('cat'), input.length);
      expect(await agent.exited(runKey('sleep'))).toMatchObject({
        exit: { signal: 'SIGKILL' },
        stop: { reason: 'timeout' },
      });
      const said = await agent.output(runKey('cat'));
      expect(createHash('sha256').update(said).digest()).toEqual(createHash('sha256').update(input).digest());
    });

    test('forgets what was to be forgotten meanwhile', async () => {
      await using stage = new KeeperStage();
      const agent = await stage.open(1);
      await agent.launcher.spawn(runKey('a'), stage.spec('true'));
      await agent.exited(runKey('a'));
      breakConnections();
      agent.launcher.forget(runKey('a'));
      await agent.launcher.spawn(runKey('b'), stage.spec('true'));
      await agent.exited(runKey('b'));
      expect((await stage.open(2)).runs.map(({ key }) => key)).toEqual([runKey('b')]);
    });
  });

  describe('when the keeper dies', () => {
    test('tells that all runs are gone, fails what waits, and starts another keeper', async () => {
      await using stage = new KeeperStage();
      const agent = await stage.open(1);
      const { launcher } = agent;
      const pid = launcher.ownerPid ?? 0;
      await launcher.spawn(runKey('a'), stage.spec('sleep 60'));
      process.kill(pid, 'SIGSTOP');
      const failing = expect(launcher.spawn(runKey('b'), stage.spec('sleep 60'))).rejects.toMatchObject({
        code: 'lost',
      });
      const reading = launcher.signal(runKey('a'), 'SIGUSR1').catch((error: unknown) => error);
      // What was said in this turn of the loop has to be sent before there is nobody to take it.
      await new Promise(setImmediate);
      process.kill(pid, 'SIGKILL');
      await failing;
      expect(await reading).toBeInstanceOf(Error);
      const [gone] = await until('it is told', () => (agent.of('gone').length > 0 ? agent.of('gone') : undefined));
      expect(gone?.epoch).not.toBe(agent.epoch);
      expect(await launcher.read(runKey('a'), 0, 100)).toEqual({ items: [], next: 0, ended: true });
      expect(launcher.ownerPid).not.toBe(pid);
      expect(await launcher.spawn(runKey('c'), stage.spec('true'))).toMatchObject({ type: 'started' });
      await agent.exited(runKey('c'));
      expect(agent.of('exited').map(({ key }) => key)).toEqual([runKey('c')]);
      expect(await new Leftovers(systemClock).kill(runKey('a'))).toMatchObject({ survivors: [] });
    });

    test('is not kept from starting another by the files the dead one left', async () => {
      await using stage = new KeeperStage();
      const first = await stage.open(1);
      await first.launcher.spawn(runKey('a'), stage.spec('true'));
      await first.exited(runKey('a'));
      const pid = first.launcher.ownerPid;
      await first.launcher.close();
      await endKeeper(pid);
      expect(
        ['keeper.pid', 'keeper.json', 'k.sock'].filter((name) => !existsSync(`${stage.directory}/${name}`)),
      ).toEqual([]);
      const second = await stage.open(2);
      expect(second.epoch).not.toBe(first.epoch);
      expect(second.runs).toEqual([]);
    });
  });

  test.each([
    ['dies', 'kill'],
    ['breaks the connection off', 'throw'],
  ])('opens the keeper once more, or another, when it %s while it is being opened', async (_what, action) => {
    onTestFinished(() => {
      armFaults({});
    });
    await using stage = new KeeperStage();
    armFaults({ [FAULT_VARIABLE]: `keeper.open:1:${action}` });
    const agent = await stage.open(1);
    expect(agent.troubles).toEqual([]);
    expect(await agent.launcher.spawn(runKey('a'), stage.spec('true'))).toMatchObject({ type: 'started' });
  });

  describe('when the keeper does not answer', () => {
    test('can not be opened, and the error says what can be done', async () => {
      await using stage = new KeeperStage();
      const first = await stage.open(1);
      const pid = first.launcher.ownerPid ?? 0;
      await first.launcher.spawn(runKey('a'), stage.spec('sleep 60'));
      await first.launcher.close();
      process.kill(pid, 'SIGSTOP');
      await expect(stage.agent({ patienceMs: 200 }).open(2)).rejects.toMatchObject({
        code: 'keeper-unavailable',
        message: `Cannot use the keeper: The keeper (pid ${pid}) does not answer; "corex doctor" tells what can be done`,
      });
      expect(isAlive(pid)).toBe(true);
      process.kill(pid, 'SIGCONT');
      expect((await stage.open(3)).runs.map(({ key }) => key)).toEqual([runKey('a')]);
    });

    test('refuses to start anything, says why, starts no other, and goes on when it answers', async () => {
      await using stage = new KeeperStage();
      const agent = await stage.open(1, { patienceMs: 200 });
      const { launcher } = agent;
      const pid = launcher.ownerPid ?? 0;
      await launcher.spawn(runKey('a'), stage.spec('sleep 60'));
      await launcher.spawn(runKey('ended'), stage.spec('echo said'));
      await agent.exited(runKey('ended'));
      process.kill(pid, 'SIGSTOP');
      onTestFinished(() => {
        if (isAlive(pid)) process.kill(pid, 'SIGCONT');
      });
      const waiting = launcher.spawn(runKey('waits'), stage.spec('exit 5'));
      await until('it is noticed', () => launcher.trouble);
      expect(launcher.trouble).toBe(`The keeper (pid ${pid}) does not answer`);
      await expect(launcher.spawn(runKey('b'), stage.spec('true'))).rejects.toMatchObject({
        code: 'keeper-unavailable',
        number: 503,
      });
      await expect(launcher.signal(runKey('a'), 'SIGUSR1')).rejects.toMatchObject({ code: 'keeper-unavailable' });
      await expect(launcher.stop(runKey('a'), 'killed', 0)).rejects.toMatchObject({ code: 'keeper-unavailable' });
      expect(await launcher.read(runKey('ended'), 0, 100)).toMatchObject({ ended: true, next: 5 });
      const late = stage.agent({ patienceMs: 200 });
      await expect(late.open(2)).rejects.toMatchObject({ code: 'keeper-unavailable', number: 503 });
      expect(stage.keeperPid).toBe(pid);

      process.kill(pid, 'SIGCONT');
      await until('it is well again', () => launcher.trouble === undefined);
      expect(await waiting).toMatchObject({ type: 'started' });
      expect((await agent.exited(runKey('waits'))).exit).toEqual({ code: 5 });
      // The stop that was not answered was carried out.
      expect((await agent.exited(runKey('a'))).exit).toEqual({ signal: 'SIGKILL' });
      expect(agent.of('gone')).toEqual([]);
      expect(agent.troubles.at(-1)).toBeUndefined();
    });

    test('does not start another where the live one can not be reached for want of its socket, and reaches it again', async () => {
      await using stage = new KeeperStage();
      const first = await stage.open(1);
      await first.launcher.spawn(runKey('a'), stage.spec('sleep 60'));
      const pid = first.launcher.ownerPid;
      await first.launcher.close();
      rmSync(`${stage.directory}/k.sock`);
      const second = await stage.open(2);
      expect(second.launcher.ownerPid).toBe(pid);
      expect(second.runs.map(({ key }) => key)).toEqual([runKey('a')]);
    });
  });

  test('of two agents that start at once, both come to the same keeper', async () => {
    await using stage = new KeeperStage();
    for (let round = 0; round < 3; round += 1) {
      // Of the keeper before, which was killed.
      rmSync(`${stage.directory}/k.sock`, { force: true });
      if (round % 2 === 1) writeFileSync(`${stage.directory}/k.sock`, '');
      const agents = [1, 2, 3].map(() => stage.agent());
      await Promise.allSettled(agents.map((agent, index) => agent.open(round * 10 + index)));
      const pids = agents.map(({ launcher }) => launcher.ownerPid).filter((pid) => pid !== undefined);
      expect(new Set(pids).size).toBe(1);
      for (const { launcher } of agents) await launcher.close();
      await stage.endKeepers();
    }
  });
});

const connections = new Set<Socket>();

/** Breaks every connection this process has to a keeper, as the system might. */
function breakConnections(): void {
  for (const socket of connections) socket.destroy();
}

subscribe('net.client.socket', (message) => {
  const { socket } = message as { readonly socket: Socket };
  connections.add(socket);
  socket.once('close', () => connections.delete(socket));
});
