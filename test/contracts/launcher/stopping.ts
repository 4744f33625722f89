import { describe, expect, onTestFinished, test } from 'vitest';

import { commandLineOf, descendantsOf, isAlive } from '../../harness/processes.ts';
import { until } from '../../harness/until.ts';
import { type RunOnStage, type Stage } from './stage.ts';

/** A stop ends everything that belongs to a run, and says so. */
export function describeStopping(stage: Stage): void {
  describe('a stop', () => {
    test('ends a run by TERM and tells its reason', async () => {
      const run = await stage.script('sleep 60');
      expect(await run.stopped(10_000)).toMatchObject({
        exit: { signal: 'SIGTERM' },
        stop: { reason: 'killed' },
        survivors: [],
      });
    });

    test('kills a run that ignores TERM once its grace is over', async () => {
      const run = await stage.script('trap "" TERM; echo ready; while :; do sleep 0.01; done');
      await run.saying('ready');
      const began = performance.now();
      expect((await run.stopped(200)).exit).toEqual({ signal: 'SIGKILL' });
      expect(performance.now() - began).toBeGreaterThanOrEqual(190);
    });

    test('without grace kills at once', async () => {
      const run = await stage.script('trap "exit 0" TERM; echo ready; while :; do sleep 0.01; done');
      await run.saying('ready');
      expect((await run.stopped(0)).exit).toEqual({ signal: 'SIGKILL' });
    });

    test('keeps its first reason; a second one may only shorten the grace', async () => {
      const run = await stage.script('trap "" TERM; echo ready; while :; do sleep 0.01; done');
      await run.saying('ready');
      await stage.launcher.stop(run.key, 'timeout', 600_000);
      await stage.launcher.stop(run.key, 'killed', 50);
      await stage.launcher.stop(run.key, 'shutdown', 600_000);
      expect(await run.exited()).toMatchObject({ exit: { signal: 'SIGKILL' }, stop: { reason: 'timeout' } });
    });

    test('before the run has started still ends it', async () => {
      const key = stage.newKey();
      const starting = stage.start({ args: ['-c', 'sleep 60'] }, key);
      await stage.launcher.stop(key, 'killed', 10_000);
      expect(await (await starting).exited()).toMatchObject({ stop: { reason: 'killed' } });
    });

    test('ends a run that is itself stopped by a signal', async () => {
      const run = await stage.script('echo ready; kill -STOP $$; sleep 60');
      await run.saying('ready');
      expect((await run.stopped(10_000)).exit).toEqual({ signal: 'SIGTERM' });
    });

    test('of a run that is unknown or has ended does nothing', async () => {
      await stage.launcher.stop(stage.newKey(), 'killed', 0);
      const run = await stage.script('exit 5');
      const record = await run.exited();
      await stage.launcher.stop(run.key, 'killed', 0);
      expect(record).toMatchObject({ exit: { code: 5 } });
      expect(stage.eventsOf(run.key).filter(({ type }) => type === 'exited')).toHaveLength(1);
    });
  });

  describe('after a stop nothing is left of', () => {
    const families: Record<string, string> = {
      'a child that ignores TERM': `sh -c 'trap "" TERM; echo $$; while :; do sleep 1; done' & wait`,
      'a child stopped by a signal': `sh -c 'echo $$; kill -STOP $$' & wait`,
      'a child with a session of its own': `setsid sh -c 'echo $$; exec sleep 300' & wait`,
      'a child with a session and no environment': `setsid env -i /bin/sh -c 'echo $$; exec sleep 300' & wait`,
      'a child that forked twice': `(setsid sh -c 'echo $$; exec sleep 300' &); wait; sleep 300`,
      'a grandchild with a session that ignores TERM': `setsid sh -c 'trap "" TERM; sh -c "echo \\$\\$; sleep 300"; sleep 300' & wait`,
    };
    test.each(Object.keys(families))('%s', async (name) => {
      const run = await stage.script(families[name] ?? '');
      const pids = await pidsSaid(run, 1);
      const record = await run.stopped(100);
      expect(record.survivors).toEqual([]);
      expect(['sweep', 'cgroup']).toContain(record.cleanup);
      expect(pids.filter(isAlive)).toEqual([]);
    });

    test('a child that forked twice and carries no sign of its run', async () => {
      if (!stage.launcher.abilities.reapsOrphans) return;
      const run = await stage.script(`(setsid env -i /bin/sh -c 'echo $$; exec sleep 300' &); sleep 300`);
      const pids = await pidsSaid(run, 1);
      expect((await run.stopped(100)).survivors).toEqual([]);
      expect(pids.filter(isAlive)).toEqual([]);
    });

    test('fifty children, each with a session of its own and deaf to TERM', async () => {
      const child = `setsid sh -c 'trap "" TERM; echo $$; while :; do sleep 1; done' &`;
      const run = await stage.script(`for i in $(seq 50); do ${child} done; wait`);
      const pids = await pidsSaid(run, 50);
      const record = await run.stopped(100);
      expect(record.survivors).toEqual([]);
      expect(pids.filter(isAlive)).toEqual([]);
    });

    test('children that go on forking', async () => {
      const hydra = 'trap "" TERM; echo $$; while :; do setsid sh -c "sleep 0.2; sleep 0.2" & sleep 0.01; done';
      const run = await stage.script(hydra);
      await pidsSaid(run, 1);
      expect((await run.stopped(50)).survivors).toEqual([]);
    });
  });

  describe('a deadline', () => {
    test('ends a run with reason timeout', async () => {
      const run = await stage.script('sleep 60', { deadline: { afterMs: 100, graceMs: 10_000 } });
      const record = await run.exited();
      expect(record).toMatchObject({ exit: { signal: 'SIGTERM' }, stop: { reason: 'timeout' } });
      expect(record.durationMs).toBeGreaterThanOrEqual(95);
    });

    test('kills a run that ignores it after its grace', async () => {
      const run = await stage.script('trap "" TERM; while :; do sleep 0.01; done', {
        deadline: { afterMs: 100, graceMs: 100 },
      });
      expect(await run.exited()).toMatchObject({ exit: { signal: 'SIGKILL' }, stop: { reason: 'timeout' } });
    });

    test('that is not reached changes nothing', async () => {
      const run = await stage.script('exit 0', { deadline: { afterMs: 60_000, graceMs: 0 } });
      const record = await run.exited();
      expect(record.exit).toEqual({ code: 0 });
      expect(record.stop).toBeUndefined();
    });
  });

  describe('a signal', () => {
    test('reaches the whole group', async () => {
      const run = await stage.script(`sh -c 'trap "echo child; exit" USR1; echo up; while :; do sleep 0.01; done' &
        trap 'echo parent' USR1; echo up; wait; wait; exit 4`);
      await until('both are up', async () => (await run.saying('up')).match(/up/g)?.length === 2);
      expect(await stage.launcher.signal(run.key, 'SIGUSR1')).toBe(true);
      expect((await run.exited()).exit).toEqual({ code: 4 });
      const { text } = await run.output();
      expect(text).toContain('parent');
      expect(text).toContain('child');
    });

    test('finds nobody in a run that has ended or is unknown', async () => {
      const run = await stage.script('true');
      await run.exited();
      expect(await stage.launcher.signal(run.key, 'SIGTERM')).toBe(false);
      expect(await stage.launcher.signal(stage.newKey(), 'SIGTERM')).toBe(false);
    });
  });

  describe('what the main process leaves behind', () => {
    test('is killed at its end', async () => {
      const run = await stage.script('sh -c "trap \\"\\" TERM HUP; echo \\$\\$; exec sleep 300" >&2 & sleep 0.1');
      const [pid] = await pidsSaid(run, 1);
      const record = await run.exited();
      expect(record.survivors).toEqual([]);
      expect(isAlive(pid ?? 0)).toBe(false);
    });

    test('stays when it is to be kept, and may go on writing', async () => {
      const script = `(for i in $(seq 30); do echo more || exit; sleep 0.02; done; sleep 300) & echo $!`;
      const run = await stage.script(script, { keep: true, drainMs: 20 });
      const [pid = 0] = await pidsSaid(run, 1);
      onTestFinished(() => {
        stage.end(run.pid);
      });
      const record = await run.exited();
      expect(record).toMatchObject({ cleanup: 'kept', survivors: [], outputOpen: true });
      // It writes for 600 ms; a closed pipe would have killed it.
      await until('it has written all', () => isSleeping(pid), { withinMs: 5_000 });
      expect(isAlive(pid)).toBe(true);
    });
  });
}

/** The first `count` numbers a run writes, each on a line. */
async function pidsSaid(run: RunOnStage, count: number): Promise<number[]> {
  return await until(`${String(count)} pids are said`, async () => {
    const said = await run.saying('\n');
    const pids = [...said.matchAll(/^(\d+)\n/gm)].map(([, pid]) => Number(pid));
    return pids.length >= count ? pids : undefined;
  });
}

function isSleeping(pid: number): boolean {
  return [pid, ...descendantsOf(pid)].some((member) => commandLineOf(member).join(' ') === 'sleep 300');
}
