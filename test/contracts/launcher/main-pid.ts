import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import type { RunOnStage, Stage } from './stage.ts';

/** Runs that go on as the process a helper left behind. */
export function describeMainPid(stage: Stage): void {
  describe('a run that goes on as the process a helper leaves', () => {
    /** A helper that starts a script in a session of its own, leaves its pid in a file, and ends. */
    async function helped(script: string): Promise<RunOnStage> {
      const file = path.join(stage.folder(), 'main.pid');
      const real = path.join(stage.folder(), 'real.sh');
      writeFileSync(real, script);
      return await stage.script(`setsid sh ${real} & echo $! > ${file}; exit 0`, { mainPid: { file } });
    }

    /** The process it goes on as, once that is told. */
    async function mainPid(run: RunOnStage): Promise<number> {
      return await stage.told(`${run.key} goes on as another process`, run.key, (events) => {
        const last = events.findLast((event) => event.type === 'started');
        return last?.type === 'started' && last.started.pid !== run.pid ? last.started.pid : undefined;
      });
    }

    test('is told with the new process, which is its main one from then on', async ({ skip }) => {
      if (!stage.launcher.abilities.reapsOrphans) skip('this launcher does not get the children of others');
      const told = path.join(stage.folder(), 'told');
      const run = await helped(`echo $$; until [ -e ${told} ]; do sleep 0.01; done; exit 0`);
      expect(stage.launcher.pid(run.key)).toBeGreaterThan(0);
      const pid = await mainPid(run);
      expect(await run.saying('\n')).toBe(`${String(pid)}\n`);
      expect(stage.launcher.pid(run.key)).toBe(pid);
      writeFileSync(told, '');
      const { exit } = await run.exited();
      expect(exit).toEqual({ code: 0 });
    });

    test('has the true end of a process that ended before its helper did', async ({ skip }) => {
      if (!stage.launcher.abilities.reapsOrphans) skip('this launcher does not get the children of others');
      const file = path.join(stage.folder(), 'main.pid');
      // Its own parent ends at once, so nobody but the launcher can take note of its end.
      const real = `setsid -f sh -c 'echo $$ > ${file}.new; mv ${file}.new ${file}; exit 6'`;
      const wait = `while [ ! -e ${file} ]; do sleep 0.01; done; sleep 0.1`;
      const run = await stage.script(`${real}; ${wait}`, { mainPid: { file } });
      expect((await run.exited()).exit).toEqual({ code: 6 });
    });

    test('has the true end of a process whose own parent ends a moment after the helper', async ({ skip }) => {
      if (!stage.launcher.abilities.reapsOrphans) skip('this launcher does not get the children of others');
      const file = path.join(stage.folder(), 'main.pid');
      const between = `(setsid sh -c 'sleep 0.4; exit 8' & echo $! > ${file}; exec sleep 0.2) &`;
      const run = await stage.script(`${between} while [ ! -s ${file} ]; do sleep 0.01; done`, { mainPid: { file } });
      expect((await run.exited()).exit).toEqual({ code: 8 });
    });

    test('is measured and signalled there', async ({ skip }) => {
      if (!stage.launcher.abilities.reapsOrphans) skip('this launcher does not get the children of others');
      const run = await helped('trap "echo heard; exit 5" USR1; echo ready; while :; do sleep 0.05; done');
      await mainPid(run);
      await run.saying('ready');
      expect(await stage.launcher.measure(run.key)).toMatchObject({ rss: expect.any(Number) as number });
      expect(await stage.launcher.signal(run.key, 'SIGUSR1')).toBe(true);
      expect((await run.exited()).exit).toEqual({ code: 5 });
      expect((await run.output()).text).toContain('heard\n');
    });

    test('is asked to end there when its helper was asked at its very end', async ({ skip }) => {
      if (!stage.launcher.abilities.reapsOrphans) skip('this launcher does not get the children of others');
      const [file = '', real = '', gate = ''] = ['pid', 'sh', 'gate'].map((name) => path.join(stage.folder(), name));
      writeFileSync(real, 'trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done');
      // As if it had ended well already when it was signalled.
      const untilGate = `trap "echo told" TERM; echo held; until [ -e ${gate} ]; do sleep 0.01; done; exit 0`;
      const run = await stage.script(`setsid sh ${real} & echo $! > ${file}; ${untilGate}`, { mainPid: { file } });
      await run.saying('ready');
      await run.saying('held');
      const ended = run.stopped(60_000);
      await run.saying('told');
      writeFileSync(gate, '');
      expect((await ended).exit).toEqual({ code: 7 });
    });

    test('has the end of the new process, and its pid, in its record', async ({ skip }) => {
      if (!stage.launcher.abilities.reapsOrphans) skip('this launcher does not get the children of others');
      const run = await helped('sleep 60');
      const pid = await mainPid(run);
      const record = await run.stopped(10_000);
      expect(record).toMatchObject({ pid, exit: { signal: 'SIGTERM' }, stop: { reason: 'killed' } });
    });
  });
}
