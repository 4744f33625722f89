import { describe, expect, onTestFinished, test } from 'vitest';

import { isAlive } from '../../harness/processes.ts';
import { type MakeLauncher, Stage } from './stage.ts';

/** A launcher's own beginning and end. */
export function describeClosing(make: MakeLauncher): void {
  async function setStage(): Promise<Stage> {
    const stage = new Stage(make);
    await stage.open();
    onTestFinished(() => stage.close());
    return stage;
  }

  describe('open()', () => {
    test('tells an epoch, and no runs when there were none', async () => {
      const stage = await setStage();
      expect(stage.epoch).not.toBe('');
    });
  });

  describe('close()', () => {
    test('ends the events, and may be called again', async () => {
      const stage = await setStage();
      const run = await stage.script('echo hi');
      await run.exited();
      await stage.launcher.close();
      await stage.eventsEnded;
      await stage.launcher.close();
    });

    test('of a launcher that does not survive kills its runs and waits for them', async () => {
      const stage = await setStage();
      if (stage.launcher.abilities.survives) return;
      const run = await stage.script('sleep 60');
      const deaf = await stage.script('trap "" TERM; echo ready; while :; do sleep 0.05; done');
      await deaf.saying('ready');
      await stage.launcher.close();
      expect([run.pid, deaf.pid].filter(isAlive)).toEqual([]);
    });
  });

  describe('forget()', () => {
    test('of a running run does not stop it', async () => {
      const stage = await setStage();
      const run = await stage.script('sleep 0.2; exit 6');
      stage.launcher.forget(run.key);
      expect(isAlive(run.pid)).toBe(true);
      await run.stopped(0);
    });
  });
}
