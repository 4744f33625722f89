import { describe, expect, test } from 'vitest';

import type { RunEnd, RunObserver } from '../../../src/engine/process.ts';
import { BegunRun } from '../../../src/kinds/container/begun-run.ts';

const END: RunEnd = {
  ending: { type: 'exit', exit: { code: 1 }, outOfMemory: false },
  startedAt: 1,
  durationMs: 1,
  outputEnd: 0,
  outputDropped: 0,
  outputOnDisk: false,
  outputOpen: false,
  survivors: [],
  cleanup: 'none',
};

function observed(): { readonly told: string[]; readonly observer: RunObserver } {
  const told: string[] = [];
  return {
    told,
    observer: {
      grew: (end) => told.push(`grew ${end}`),
      exited: () => told.push('exited'),
      mainProcess: (pid) => told.push(`is ${pid}`),
    },
  };
}

describe('a run whose process a runtime makes', () => {
  test('has begun when it goes on as another process, in whichever order that is heard', async () => {
    for (const helperFirst of [true, false]) {
      const { told, observer } = observed();
      const run = new BegunRun(observer);
      if (helperFirst) run.startedAs(10);
      run.mainProcess(10);
      run.mainProcess(11);
      if (!helperFirst) run.startedAs(10);
      expect(await run.outcome).toBe('begun');
      expect(told).toEqual([]);
      run.grew(3);
      run.pass();
      run.exited(END);
      expect(told).toEqual(['is 10', 'is 11', 'grew 3', 'exited']);
    }
  });

  test('has ended when the runtime did and left nothing', async () => {
    const { told, observer } = observed();
    const run = new BegunRun(observer);
    run.startedAs(10);
    run.mainProcess(10);
    run.exited(END);
    expect(await run.outcome).toBe('ended');
    await run.ended;
    expect(told).toEqual([]);
  });

  test('had begun when its process has ended, too, by the time it is asked', async () => {
    const run = new BegunRun(observed().observer);
    run.mainProcess(10);
    run.mainProcess(11);
    run.startedAs(10);
    run.exited(END);
    expect(await run.outcome).toBe('begun');
  });
});
