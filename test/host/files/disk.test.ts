import { describe, expect, test } from 'vitest';
import { Disk } from '../../../src/host/files/disk.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { failure } from './local-files.fixture.ts';

describe('Disk', () => {
  test('does a few things at a time, the others in the order they came', async () => {
    const disk = new Disk(new FakeClock());
    const begun: number[] = [];
    const ends = Array.from({ length: 8 }, () => Promise.withResolvers<number>());
    const done = ends.map(({ promise }, at) =>
      disk.do(() => {
        begun.push(at);
        return promise;
      }),
    );
    expect(begun).toEqual([0, 1, 2, 3]);
    ends[2]?.resolve(2);
    ends[0]?.reject(new Error('no'));
    expect(await done[2]).toBe(2);
    expect((await failure(done[0] ?? Promise.resolve())).message).toBe('no');
    for (const { resolve } of ends) resolve(9);
    await Promise.allSettled(done);
    expect(begun.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(begun.slice(4, 6)).toEqual([4, 5]);
  });

  test('refuses what waits too long behind a disk that does not answer, and serves again when it does', async () => {
    const clock = new FakeClock();
    const disk = new Disk(clock);
    const hung = Promise.withResolvers<string>();
    const stuck = Array.from({ length: 4 }, () => disk.do(() => hung.promise));
    const waiting = failure(disk.do(() => Promise.resolve('never')));
    await clock.advance(10_000);
    expect(await waiting).toEqual({
      code: 'no-resources',
      message: 'Cannot reach the file: a file system does not answer',
    });
    hung.resolve('late');
    expect(await Promise.all(stuck)).toEqual(['late', 'late', 'late', 'late']);
    expect(await disk.do(() => Promise.resolve('again'))).toBe('again');
    expect(clock.waiting).toBe(0);
  });
});
