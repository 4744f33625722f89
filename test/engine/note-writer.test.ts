import { describe, expect, test } from 'vitest';
import { NoteWriter } from '../../src/engine/note-writer.ts';
import type { NotedRun } from '../../src/engine/note-writer.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

const runOf = (uid: string, note = (): string | undefined => `note of ${uid}`): NotedRun => ({ uid, run: 1, note });

function stage() {
  const clock = new FakeClock();
  const written: string[] = [];
  let held: Promise<void> | undefined;
  const store = {
    note: async (uid: string, _run: number, note: string): Promise<void> => {
      written.push(`${uid}: ${note}`);
      await held;
    },
  };
  const hold = (until: Promise<void> | undefined): void => {
    held = until;
  };
  return { clock, written, hold, store, writer: new NoteWriter(store, clock) };
}

describe('NoteWriter', () => {
  test('writes a changed run’s note as it then is, once a second at most', async () => {
    const { clock, written, writer } = stage();
    let said = 'one';
    const run = runOf('a', () => said);
    writer.changed(run);
    said = 'two';
    writer.changed(run);
    await clock.advance(999);
    expect(written).toEqual([]);
    await clock.advance(1);
    expect(written).toEqual(['a: two']);
    said = 'three';
    writer.changed(run);
    await clock.advance(999);
    expect(written).toEqual(['a: two']);
    await clock.advance(1);
    expect(written).toEqual(['a: two', 'a: three']);
    await clock.advance(10_000);
    expect(written).toHaveLength(2);
    expect(clock.waiting).toBe(0);
  });

  test('writes nothing of a run that is over, and waits for nobody then', async () => {
    const { clock, written, writer } = stage();
    const run = runOf('a');
    writer.changed(run);
    writer.forget(run);
    expect(clock.waiting).toBe(0);
    await clock.advance(2000);
    expect(written).toEqual([]);
    writer.changed(run);
    writer.close();
    expect(clock.waiting).toBe(0);
  });

  test('writes many notes, and large ones, in parts', async () => {
    const { clock, written, writer } = stage();
    for (let n = 0; n < 100; n += 1) writer.changed(runOf(`small ${n}`));
    await clock.advance(1000);
    expect(written).toHaveLength(64);
    await clock.advance(100);
    expect(written).toHaveLength(100);
    for (let n = 0; n < 3; n += 1) writer.changed(runOf(`large ${n}`, () => 'x'.repeat(200_000)));
    await clock.advance(1000);
    expect(written).toHaveLength(102);
    await clock.advance(100);
    expect(written).toHaveLength(103);
  });

  test('waits for a store that is behind', async () => {
    const { clock, written, writer, hold } = stage();
    const slow = Promise.withResolvers<void>();
    hold(slow.promise);
    writer.changed(runOf('a'));
    await clock.advance(1000);
    writer.changed(runOf('b'));
    await clock.advance(5000);
    expect(written).toEqual(['a: note of a']);
    hold(undefined);
    slow.resolve();
    await clock.advance(200);
    expect(written).toEqual(['a: note of a', 'b: note of b']);
  });

  test('goes on after a note that could not be written, and past a run that has none', async () => {
    const { clock, written, writer, hold } = stage();
    hold(Promise.reject(new Error('disk full')));
    writer.changed(runOf('a'));
    writer.changed(runOf('silent', () => undefined));
    await clock.advance(1000);
    hold(undefined);
    writer.changed(runOf('a'));
    await clock.advance(1000);
    expect(written).toEqual(['a: note of a', 'a: note of a']);
  });
});
