import { describe, expect, test } from 'vitest';

import { AgentRun } from '../../../src/host/keeper-client/agent-run.ts';
import { AgentRuns } from '../../../src/host/keeper-client/agent-runs.ts';
import type { ExitRecord, RunKey, RunSnapshot } from '../../../src/host/launcher.ts';
import type { OutputSlice } from '../../../src/protocol/output.ts';

const record: ExitRecord = {
  exit: { code: 3 },
  pid: 7,
  startedAt: 1,
  endedAt: 2,
  durationMs: 1,
  outputEnd: 9,
  outputDropped: 0,
  outputOnDisk: false,
  outputOpen: false,
  outOfMemory: false,
  survivors: [],
  cleanup: 'group',
};

function running(runs: AgentRuns, key: RunKey): AgentRun {
  const run = runs.add(new AgentRun(key, 0));
  run.begin({ type: 'started', pid: 7, startedAt: 1 });
  return run;
}

function snapshot(key: RunKey, more: Partial<RunSnapshot> = {}): RunSnapshot {
  return { key, pid: 7, startedAt: 1, outputStart: 0, outputEnd: 0, stdinOffset: 0, ...more };
}

describe('AgentRuns', () => {
  test('make one event of each thing that is new, in the order it has to be told', () => {
    const runs = new AgentRuns();
    running(runs, 'a.1');
    const news = { key: 'a.1', end: 9, stdin: 4, trouble: 'full', exit: record } as const;
    expect(runs.take(news, undefined).map(({ type }) => type)).toEqual(['output-trouble', 'stdin', 'grew', 'exited']);
    expect(runs.take({ key: 'a.1', end: 9, exit: record }, undefined)).toEqual([]);
    expect(runs.take({ key: 'unknown.1', end: 9 }, undefined)).toEqual([]);
  });

  test('find out by the list of a keeper what was missed, and what nobody wants', () => {
    const runs = new AgentRuns();
    running(runs, 'same.1');
    running(runs, 'grown.1');
    running(runs, 'ended.1');
    runs.add(new AgentRun('starting.1', 0));
    const { events, unwanted } = runs.meet([
      snapshot('same.1'),
      snapshot('grown.1', { outputEnd: 5 }),
      snapshot('ended.1', { outputEnd: 9, exit: record }),
      snapshot('starting.1'),
      snapshot('stranger.1'),
    ]);
    const told = events
      .filter(({ type }) => type !== 'stdin')
      .map((event) => ('key' in event ? `${event.type} ${event.key}` : ''));
    expect(told).toEqual(['grew grown.1', 'grew ended.1', 'exited ended.1', 'started starting.1']);
    expect(unwanted).toEqual(['stranger.1']);
  });

  test('hold little early output, and ask for the oldest again', () => {
    const runs = new AgentRuns();
    const slice = (bytes: number): OutputSlice => ({
      items: [{ type: 'bytes', stream: 'stdout', position: 0, epoch: 1, bytes: Buffer.alloc(bytes) }],
      next: bytes,
      ended: false,
    });
    for (let run = 0; run < 1_000; run += 1) {
      const key: RunKey = `job${run}.1`;
      running(runs, key);
      runs.take({ key, end: 16_000, early: { from: 0, next: 16_000, ended: false } }, slice(16_000));
    }
    const held = Array.from({ length: 1_000 }, (_, run) => runs.get(`job${run}.1`)?.read(0, 1_000) !== undefined);
    const bytes = held.filter(Boolean).length * 16_000;
    expect(bytes).toBeGreaterThan(4_000_000);
    expect(bytes).toBeLessThanOrEqual(8 * 1024 * 1024);
    expect([held[0], held.at(-1)]).toEqual([false, true]);
  });

  test('keep a forgotten run until it has ended, and no longer', () => {
    const runs = new AgentRuns();
    running(runs, 'a.1');
    expect(runs.forget('a.1')).toBe(true);
    expect(runs.forget('a.1')).toBe(false);
    expect(runs.take({ key: 'a.1', end: 9, exit: record }, undefined).map(({ type }) => type)).toEqual([
      'grew',
      'exited',
    ]);
    expect(runs.get('a.1')).toBeUndefined();
  });
});

describe('AgentRun', () => {
  test('knows without asking that there is nothing at the end of what was told', () => {
    const run = AgentRun.found(snapshot('a.1', { outputStart: 10, outputEnd: 30 }));
    expect(run.read(30, 100)).toEqual({ items: [], next: 30, ended: false });
    expect(run.read(29, 100)).toBeUndefined();
    run.take({ key: 'a.1', end: 30, exit: { ...record, outputEnd: 30 } });
    expect(run.read(30, 100)).toEqual({ items: [], next: 30, ended: true });
  });

  test('asks for the mark of a run that said nothing', () => {
    const run = AgentRun.found(snapshot('a.1', { outputStart: 10, outputEnd: 10, exit: { ...record, outputEnd: 10 } }));
    expect(run.read(0, 100)).toBeUndefined();
  });
});
