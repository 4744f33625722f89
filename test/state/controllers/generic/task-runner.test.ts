import { describe, expect, test } from 'vitest';

import { type TaskContext, TaskRunner } from '../../../../src/state/controllers/generic/task-runner.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { until } from '../../../harness/until.ts';

interface Spec {
  readonly command: string;
}

/** Resolves when the signal fires. */
async function fired(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}

function recorder(said: string[]): (task: TaskContext<Spec>) => Promise<void> {
  return async ({ id, spec, signal }) => {
    said.push(`+${id} ${spec.command}`);
    await fired(signal);
    said.push(`-${id} ${spec.command}`);
  };
}

describe('TaskRunner', () => {
  test('begins what is missing, ends what is not wanted, replaces what changed, and leaves the rest alone', async () => {
    const said: string[] = [];
    await using runner = new TaskRunner<Spec>({ run: recorder(said), random: () => 1 });
    await runner.reconcile(
      new Map([
        ['a', { command: 'x' }],
        ['b', { command: 'x' }],
        ['c', { command: 'x' }],
      ]),
    );
    expect(said.splice(0)).toEqual(['+a x', '+b x', '+c x']);
    await runner.reconcile(
      new Map([
        ['a', { command: 'x' }],
        ['b', { command: 'y' }],
      ]),
    );
    expect(said.splice(0)).toEqual(['-b x', '-c x', '+b y']);
    expect(runner.ids).toEqual(['a', 'b']);
    await runner.stop();
    expect(said).toEqual(['-a x', '-b y']);
    await expect(runner.reconcile(new Map())).rejects.toThrow(TypeError);
  });

  test('runs again after a while what failed, and not what is done', async () => {
    const clock = new FakeClock();
    let [done, failed] = [0, 0];
    await using runner = new TaskRunner<Spec>({
      clock,
      random: () => 0,
      run: async ({ id }) => {
        if (id === 'done') {
          done += 1;
          return;
        }
        failed += 1;
        throw new Error('failed');
      },
    });
    const wanted = new Map([
      ['done', { command: 'x' }],
      ['fails', { command: 'x' }],
    ]);
    await runner.reconcile(wanted);
    await until('it failed once', () => failed === 1);
    await clock.advance(499);
    expect(failed).toBe(1);
    await clock.advance(1);
    await until('it failed twice', () => failed === 2);
    await clock.advance(750);
    await until('it failed three times', () => failed === 3);
    await runner.reconcile(wanted);
    expect(done).toBe(1);
  });

  test('waits for what it replaces, however the calls come', async () => {
    const said: string[] = [];
    await using runner = new TaskRunner<Spec>({ run: recorder(said), random: () => 1 });
    await Promise.all(['1', '2', '3'].map((command) => runner.reconcile(new Map([['a', { command }]]))));
    expect(said).toEqual(['+a 1', '-a 1', '+a 2', '-a 2', '+a 3']);
  });
});
