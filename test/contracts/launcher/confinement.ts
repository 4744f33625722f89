import { chmodSync, writeFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import path from 'node:path';

import { describe, expect, test, type TestContext } from 'vitest';

import { RUN_MARKER, type Abilities } from '../../../src/host/launcher.ts';
import { environmentOf, isAlive, openFilesOf } from '../../harness/processes.ts';
import { until } from '../../harness/until.ts';
import { type Stage } from './stage.ts';

const NOBODY = { uid: 65_534, gid: 65_533 };

/** Leaves session, parentage and environment behind, over and over. */
const FLEEING = `(while :; do (setsid env -i sh -c 'sleep 60 & sleep 60' &) & wait; sleep 0.002; done) & echo off; wait`;

/** What holds a program back: it has no more than was asked for, and what can't be had is told before it starts. */
export function describeConfinement(stage: Stage): void {
  /** A launcher without the ability refuses what is asked here, which is tested with its other refusals. */
  function needs({ skip }: TestContext, ...abilities: (keyof Abilities)[]): void {
    const missing = abilities.find((ability) => !stage.launcher.abilities[ability]);
    if (missing !== undefined) skip(`this launcher lacks the ability "${missing}"`);
  }

  async function statusOf(parts: Parameters<Stage['script']>[1]): Promise<Record<string, string>> {
    const run = await stage.script('cat /proc/self/status', parts);
    const lines = (await run.output()).text.split('\n').map((line) => line.split(':\t'));
    return Object.fromEntries(lines.map(([name = '', value = '']) => [name, value.trim()]));
  }

  describe('a confined program', () => {
    test('has the user, group and supplementary groups asked for', async (context) => {
      needs(context, 'user', 'limits');
      expect(await statusOf({ user: { ...NOBODY, groups: [7, 8] } })).toMatchObject({
        Uid: '65534\t65534\t65534\t65534',
        Gid: '65533\t65533\t65533\t65533',
        Groups: '7 8',
        CapEff: '0000000000000000',
      });
    });

    test('of another user can open its streams again, on a terminal, too', async (context) => {
      needs(context, 'user', 'stdoutIsPipe');
      const script = 'echo out > /dev/stdout; echo err > /dev/stderr; cat < /dev/stdin';
      const stdin = { type: 'bytes', bytes: Buffer.from('in\n') } as const;
      const piped = await stage.script(script, { user: NOBODY, stdin });
      expect(await piped.output()).toMatchObject({ stdout: 'out\nin\n', stderr: 'err\n' });
      const silent = await stage.script(script, { user: NOBODY });
      expect(await silent.output()).toMatchObject({ stdout: 'out\n', stderr: 'err\n' });
      needs(context, 'pty');
      const seen = await stage.script('echo out > $(tty); echo err > /dev/stderr', {
        user: NOBODY,
        pty: { columns: 80, rows: 24 },
      });
      expect((await seen.output()).text).toBe('out\r\nerr\r\n');
    });

    test('may get no new privileges', async (context) => {
      needs(context, 'limits');
      expect(await statusOf({ noNewPrivileges: true })).toMatchObject({ NoNewPrivs: '1' });
      expect(await statusOf({})).toMatchObject({ NoNewPrivs: '0' });
    });

    test('can have the capabilities asked for and no others', async (context) => {
      needs(context, 'limits', 'user');
      const kept = '0000000000000400';
      const sets = { CapInh: kept, CapPrm: kept, CapEff: kept, CapBnd: kept, CapAmb: kept };
      expect(await statusOf({ capabilities: ['net_bind_service'], user: NOBODY })).toMatchObject(sets);
      expect(await statusOf({ capabilities: [] })).toMatchObject({
        CapEff: '0000000000000000',
        CapBnd: '0000000000000000',
      });
    });

    test('of an unprivileged agent has few capabilities and can have no others, whatever else is asked', async (context) => {
      needs(context, 'unprivileged', 'user');
      const [none, few] = ['0000000000000000', '00000000a80424fb'];
      const bound = { NoNewPrivs: '1', CapInh: none, CapAmb: none };
      expect(await statusOf({ unprivileged: true })).toMatchObject({ ...bound, CapEff: few, CapPrm: few, CapBnd: few });
      const nobody = await statusOf({ unprivileged: true, user: NOBODY });
      expect(nobody).toMatchObject({ ...bound, Uid: '65534\t65534\t65534\t65534', CapEff: none, CapBnd: few });
      const asked = await statusOf({ unprivileged: true, capabilities: ['sys_admin', 'net_bind_service'] });
      expect(asked).toMatchObject({ NoNewPrivs: '1', CapEff: '0000000000000400', CapBnd: '0000000000000400' });
      const shell = await stage.script('exec 2>&1; grep CapBnd /proc/self/status; mount -t tmpfs x /tmp || echo no', {
        unprivileged: true,
        pty: { columns: 80, rows: 24 },
      });
      expect((await shell.output()).text).toMatch(/^CapBnd:\t00000000a80424fb\r\n[^]*no\r\n$/);
    });

    test('has the limits and the niceness asked for', async (context) => {
      needs(context, 'limits');
      const niceness = getPriority(stage.ownerPid) + 3;
      const run = await stage.script('ulimit -Sn; ulimit -Hn; ulimit -c; nice', {
        limits: { nofile: { soft: 100, hard: 200 }, core: { soft: 0, hard: 0 } },
        niceness,
      });
      expect((await run.output()).text).toBe(`100\n200\n0\n${String(niceness)}\n`);
    });

    test('gets its environment, arguments and streams as any other, and keeps its pid', async (context) => {
      needs(context, 'limits');
      const env = { PATH: '/bin:/usr/bin', PWD: '/lie', 'odd.name': 'x', LD_PRELOAD: '', MULTI: 'a\nb=c' };
      const args = ['-c', 'cat; printf "%s|" $$ "$@"; echo trouble >&2; exec sleep 60', 'sh', '$HOME', '', "it's"];
      const stdin = { type: 'bytes', bytes: Buffer.from('hello ') } as const;
      const run = await stage.start({ args, env, stdin, niceness: 5 });
      await run.saying('trouble');
      // One that becomes another program has no environment for a moment.
      await until(
        'it sleeps',
        () => openFilesOf(run.pid).size === 3 && environmentOf(run.pid)[RUN_MARKER] !== undefined,
      );
      expect(environmentOf(run.pid)).toMatchObject({ MULTI: 'a\nb=c', [RUN_MARKER]: run.key });
      const { stdout, stderr } = await stoppedOutput(run);
      expect(stdout).toBe(`hello ${String(run.pid)}|$HOME||it's|`);
      expect(stderr).toBe('trouble\n');
      // A shell would drop a variable it can't name.
      const plain = await stage.start({ program: '/usr/bin/env', args: [], env, niceness: 5 });
      expect((await plain.output()).stdout.split('\n')).toContain('odd.name=x');
    });

    test('ends as it ends', async (context) => {
      needs(context, 'limits');
      const exits = await Promise.all(
        ['exit 0', 'exit 42', 'kill -SEGV $$'].map(async (text) => {
          const run = await stage.script(text, { noNewPrivileges: true });
          return (await run.exited()).exit;
        }),
      );
      expect(exits).toEqual([{ code: 0 }, { code: 42 }, { signal: 'SIGSEGV' }]);
    });
  });

  describe('a confined program is not started', () => {
    test('when its user may not execute it', async (context) => {
      needs(context, 'user', 'limits');
      const file = path.join(stage.folder(), 'secret');
      writeFileSync(file, '#!/bin/sh\n');
      chmodSync(file, 0o700);
      expect(await stage.spawn({ program: file, user: { ...NOBODY, groups: [7] } })).toMatchObject({
        failure: 'not-executable',
      });
    });

    test('when its limits can not be set, and leaves no process', async (context) => {
      needs(context, 'limits');
      const key = stage.newKey();
      const answer = await stage.spawn({ limits: { nofile: { soft: 2_000_000_000, hard: 2_000_000_000 } } }, key);
      expect(answer).toMatchObject({
        type: 'failed',
        failure: expect.stringMatching(/not-able|bad-arguments/) as string,
      });
      expect(stage.eventsOf(key)).toEqual([]);
    });

    test('when there is no such program, no such directory, or a NUL in its arguments', async (context) => {
      needs(context, 'limits');
      const niceness = 5;
      expect(await stage.spawn({ niceness, program: '/nowhere' })).toMatchObject({ failure: 'no-such-program' });
      expect(await stage.spawn({ niceness, cwd: '/nowhere' })).toMatchObject({ failure: 'bad-directory' });
      expect(await stage.spawn({ niceness, args: ['a\0b'] })).toMatchObject({ failure: 'bad-arguments' });
    });

    test('50 times without keeping a file open', async (context) => {
      needs(context, 'limits');
      const fail = () => stage.spawn({ limits: { nofile: { soft: 2_000_000_000, hard: 2_000_000_000 } } });
      await fail();
      const before = openFilesOf(stage.ownerPid).size;
      for (let round = 0; round < 10; round += 1) await Promise.all(Array.from({ length: 5 }, fail));
      expect(openFilesOf(stage.ownerPid).size).toBeLessThan(before + 10);
    });
  });

  describe('a control group', () => {
    test('that runs out of memory says so in the end of the run', async (context) => {
      needs(context, 'cgroup');
      const parts = { args: ['-c', 'exec tail /dev/zero'], cgroup: { memoryBytes: 16 * 1024 ** 2 } };
      const key = stage.newKey();
      const answer = await stage.spawn(parts, key);
      if (answer.type === 'failed' && answer.failure === 'not-able') context.skip(answer.message);
      const run = await stage.start(parts, key);
      expect(await run.exited()).toMatchObject({ exit: { signal: 'SIGKILL' }, outOfMemory: true });
    });

    test('holds all processes of a run to their number', async (context) => {
      needs(context, 'cgroup');
      const run = await stage.script('for i in 1 2 3 4 5 6 7 8 9; do sleep 60 & done; echo all', {
        cgroup: { pids: 5 },
      });
      const record = await run.exited();
      expect((await run.output()).stdout).not.toContain('all');
      expect(record).toMatchObject({ cleanup: 'cgroup', survivors: [], outOfMemory: false });
    });

    test('lets nothing flee from a stop, whatever it did to its session, parents and environment', async (context) => {
      needs(context, 'cgroup');
      const run = await stage.script(FLEEING, { cgroup: { pids: 60 } });
      await run.saying('off');
      const record = await run.stopped(0);
      expect(record).toMatchObject({ stop: { reason: 'killed' }, cleanup: 'cgroup', survivors: [] });
      expect(isAlive(run.pid)).toBe(false);
    });

    test('without limits proves that nothing is left after an end', async (context) => {
      needs(context, 'cgroup');
      const run = await stage.script('setsid -f env -i sleep 60 >/dev/null 2>&1; exit 3', { cgroup: {} });
      expect(await run.exited()).toMatchObject({ exit: { code: 3 }, cleanup: 'cgroup', survivors: [] });
    });

    test('lets live what is to be kept', async (context) => {
      needs(context, 'cgroup');
      const run = await stage.script('setsid sh -c "echo \\$\\$; exec sleep 60" 2>/dev/null & exit 0', {
        cgroup: {},
        keep: true,
      });
      const record = await run.exited();
      const pid = Number((await run.saying('\n')).trim());
      expect(record.cleanup).toBe('kept');
      expect(isAlive(pid)).toBe(true);
      stage.end(pid);
    });
  });
}

async function stoppedOutput(run: Awaited<ReturnType<Stage['start']>>) {
  await run.stopped(0);
  return await run.output();
}
