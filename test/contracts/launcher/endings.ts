import { describe, expect, test } from 'vitest';

import { type Stage } from './stage.ts';

/** Every way to end is told as it was. */
export function describeEndings(stage: Stage): void {
  describe('an end', () => {
    test.each([0, 1, 42, 127, 255])('with code %i is told as that code', async (code) => {
      const run = await stage.script(`exit ${String(code)}`);
      expect((await run.exited()).exit).toEqual({ code });
    });

    test.each(['KILL', 'SEGV', 'TERM', 'ABRT', 'HUP'])('by signal %s is told as that signal', async (name) => {
      const run = await stage.script(`kill -${name} $$`);
      expect((await run.exited()).exit).toEqual({ signal: `SIG${name}` });
    });

    test('after a TERM it handled is told as the code it chose', async () => {
      const run = await stage.script('trap "exit 7" TERM; echo ready; while :; do sleep 0.01; done');
      await run.saying('ready');
      const record = await run.stopped(10_000);
      expect(record.exit).toEqual({ code: 7 });
      expect(record.stop?.reason).toBe('killed');
    });

    test('says who it was, when, for how long and how much it wrote', async () => {
      const before = Date.now();
      const began = performance.now();
      const run = await stage.script('printf hello; sleep 0.05', { output: { start: 100 } });
      const record = await run.exited();
      expect(record).toMatchObject({ pid: run.pid, outputEnd: 105, outputDropped: 0, outputOnDisk: false });
      expect(record).toMatchObject({ outputOpen: false, survivors: [], cleanup: 'group', outOfMemory: false });
      expect(record.stop).toBeUndefined();
      // A launcher that is told late of the start counts from then.
      expect(record.durationMs).toBeGreaterThan(0);
      expect(record.durationMs).toBeLessThanOrEqual(performance.now() - began);
      expect(record.startedAt).toBeGreaterThanOrEqual(before);
      expect(record.endedAt).toBeGreaterThanOrEqual(record.startedAt);
      expect(record.endedAt).toBeLessThanOrEqual(Date.now());
    });

    test('is told once, after the last growth, and the start before all', async () => {
      const run = await stage.script('echo one; echo two >&2; exit 3');
      const { outputEnd } = await run.exited();
      const events = stage.eventsOf(run.key);
      expect(events[0]).toMatchObject({ type: 'started', started: { pid: run.pid } });
      expect(events.at(-1)?.type).toBe('exited');
      expect(events.filter(({ type }) => type === 'exited')).toHaveLength(1);
      expect(events.findLast((event) => event.type === 'grew')).toMatchObject({ end: outputEnd });
    });

    test('comes within the drain time though a child left behind holds the output open', async () => {
      const run = await stage.script('sleep 60 & echo hi', { drainMs: 200 });
      const began = performance.now();
      const record = await run.exited();
      expect(performance.now() - began).toBeLessThan(20_000);
      expect(record).toMatchObject({ exit: { code: 0 }, outputOpen: true, survivors: [] });
      expect((await run.output()).text).toBe('hi\n');
    });

    test('does not wait for a child left behind that holds no output', async () => {
      const run = await stage.script('sleep 60 >/dev/null 2>&1 & echo hi', { drainMs: 10_000 });
      const record = await run.exited();
      expect(record).toMatchObject({ exit: { code: 0 }, outputOpen: false });
    });

    test('waits for what a child left behind still says within the drain time', async () => {
      const run = await stage.script('(sleep 0.1; echo late) & echo early', { drainMs: 10_000 });
      const record = await run.exited();
      expect(record).toMatchObject({ outputOpen: false, outputEnd: 11 });
      expect((await run.output()).text).toBe('early\nlate\n');
    });

    test('is kept with its output until it is forgotten', async () => {
      const run = await stage.script('echo hello');
      await run.exited();
      expect((await run.output()).text).toBe('hello\n');
      expect((await run.output()).text).toBe('hello\n');
      stage.launcher.forget(run.key);
      expect(await stage.launcher.read(run.key, 3, 100)).toEqual({ items: [], next: 3, ended: true });
    });
  });
}
