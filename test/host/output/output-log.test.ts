import { describe, expect, test } from 'vitest';

import { MemoryBudget } from '../../../src/host/output/memory-budget.ts';
import { SegmentArchive, segmentBytes } from '../../../src/host/output/segment-archive.ts';
import { FakeDisk } from '../../fakes/fake-disk.ts';
import { contentAt } from './content.ts';
import { expectContinuous } from './continuity.ts';
import { LogOnFakes, MEBIBYTE } from './log-on-fakes.ts';

describe('OutputLog in memory', () => {
  test('makes no file while the output is small', async () => {
    const { log, disk, budget, clock, ...fakes } = new LogOnFakes();
    log.append('stdout', contentAt(0, 60_000), 1);
    await clock.advance(60_000);
    await log.finish();
    expect(disk.files.size).toBe(0);
    expect(log.isOnDisk).toBe(false);
    expect(budget.used).toBeGreaterThanOrEqual(60_000);
    log.close();
    expect(budget.used).toBe(0);
    expect(fakes.troubles).toEqual([]);
  });

  test('is read without copies and without waiting', () => {
    const { log } = new LogOnFakes();
    const bytes = contentAt(0, 50_000);
    log.append('stderr', bytes, 7);
    const slice = log.read(100, 1_000);
    expect(slice).toMatchObject({ next: 1_100, ended: false, items: [{ stream: 'stderr', position: 100, epoch: 7 }] });
    const item = slice instanceof Promise ? undefined : slice.items[0];
    expect(item?.type === 'bytes' && item.bytes.buffer === bytes.buffer).toBe(true);
  });

  test('gives the mark of its run with the first bytes, not before', async () => {
    const { log } = new LogOnFakes({ start: 500, run: 3, epoch: 9 });
    expect(await log.read(500, 10)).toEqual({ items: [], next: 500, ended: false });
    log.append('stdout', Buffer.from('hello'), 10);
    expect((await log.read(500, 10)).items[0]).toEqual({ type: 'run', run: 3, position: 500, epoch: 9 });
    expect((await log.read(501, 10)).items).toMatchObject([{ type: 'bytes', position: 501 }]);
  });

  test('gives the mark of a run that wrote nothing at its end', async () => {
    const { log } = new LogOnFakes();
    await log.finish();
    expect(await log.read(0, 10)).toMatchObject({ items: [{ type: 'run' }], next: 0, ended: true });
  });

  test('answers a position before its start from its start, and one after its end with nothing', async () => {
    const { log } = new LogOnFakes({ start: 500 });
    log.append('stdout', Buffer.from('hello'), 10);
    expect(await log.read(0, 10)).toMatchObject({ next: 505 });
    expect(await log.read(1_000, 10)).toEqual({ items: [], next: 1_000, ended: false });
  });

  test('takes nothing more once it is finished', async () => {
    const { log } = new LogOnFakes();
    await log.finish();
    expect(log.append('stdout', Buffer.from('late'), 1)).toBe(true);
    expect(log.end).toBe(0);
  });
});

describe('OutputLog on disk', () => {
  test('writes everything, the beginning too, once there is more than stays in memory', async () => {
    const fakes = new LogOnFakes();
    await fakes.appendSlowly(10_000_000);
    await fakes.log.finish();
    expect(fakes.log.isOnDisk).toBe(true);
    expect(fakes.disk.openFiles).toBe(0);
    expectContinuous(await fakes.readAll(), 0, 10_000_000);
    const archive = await SegmentArchive.open('/job', { disk: fakes.disk });
    expect([archive.start, archive.end]).toEqual([0, 10_000_000]);
    expect((await archive.read(0, 10)).items[0]).toMatchObject({ type: 'run', run: 1 });
  });

  test('holds no more than 4 MiB in memory, and gives it all back', async () => {
    const fakes = new LogOnFakes();
    for (let n = 0; n < 40; n += 1) {
      await fakes.appendSlowly(200_000);
      expect(fakes.budget.used).toBeLessThanOrEqual(4 * MEBIBYTE);
    }
    fakes.log.close();
    expect(fakes.budget.used).toBe(0);
  });

  test('makes segments of 4 MiB', async () => {
    const fakes = new LogOnFakes();
    await fakes.appendSlowly(20 * MEBIBYTE);
    await fakes.log.finish();
    const sizes = [...fakes.disk.files.values()].map(({ length }) => length);
    expect(sizes).toHaveLength(6);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4 * MEBIBYTE);
  });

  test('gathers single lines instead of writing each', async () => {
    const fakes = new LogOnFakes({ memoryBytes: 0 });
    let writes = 0;
    const write = fakes.disk.write.bind(fakes.disk);
    fakes.disk.write = (fd, buffers, offset) => {
      writes += 1;
      return write(fd, buffers, offset);
    };
    for (let line = 0; line < 1_000; line += 1) {
      fakes.append(100);
      await fakes.clock.advance(1);
    }
    await fakes.log.finish();
    expect(writes).toBeLessThan(60);
    expectContinuous(await fakes.readAll(), 0, 100_000);
  });

  test('keeps a job within its bound, earlier runs and headers counted, and tells the gap', async () => {
    const disk = new FakeDisk();
    const keepBytes = 3 * MEBIBYTE;
    const first = new LogOnFakes({ disk, keepBytes });
    await first.appendSlowly(2 * MEBIBYTE);
    await first.log.finish();
    first.log.close();
    const second = new LogOnFakes({ disk, keepBytes, start: first.log.end, run: 2 });
    await second.appendSlowly(2 * MEBIBYTE, 5_000);
    expect(await segmentBytes('/job', disk)).toBeLessThanOrEqual(keepBytes);
    expect(second.log.dropped).toBe(0);
    const archive = await SegmentArchive.open('/job', { disk, end: first.log.end });
    expect(archive.start).toBeGreaterThan(0);
    await second.appendSlowly(10 * MEBIBYTE, 5_000);
    await second.log.finish();
    expect(await segmentBytes('/job', disk)).toBeLessThanOrEqual(keepBytes);
    const gaps = expectContinuous(await second.readAll(), first.log.end, second.log.end);
    expect(gaps).toBe(second.log.dropped);
    expect(gaps).toBeGreaterThan(9 * MEBIBYTE);
    expect(gaps).toBeLessThan(9.6 * MEBIBYTE);
  });

  test('lets a sequential reader far behind go on without searching', async () => {
    const fakes = new LogOnFakes();
    await fakes.appendSlowly(8 * MEBIBYTE, 3_000);
    fakes.disk.bytesRead = 0;
    expectContinuous(await fakes.readAll(0, 20_000), 0, 8 * MEBIBYTE);
    expect(fakes.disk.bytesRead).toBeLessThan(10 * MEBIBYTE);
  });
});

describe('OutputLog on a slow disk', () => {
  test('asks its owner to wait, then to go on', async () => {
    const fakes = new LogOnFakes();
    fakes.disk.freeze();
    let appended = 0;
    while (fakes.append(64 * 1024)) appended += 1;
    expect(appended).toBeGreaterThan(8);
    expect(appended).toBeLessThan(16);
    await fakes.clock.advance(1_000);
    expect(fakes.resumed).toBe(0);
    fakes.disk.thaw();
    await fakes.settle();
    await fakes.settle();
    expect(fakes.resumed).toBe(1);
    await fakes.log.finish();
    expect(expectContinuous(await fakes.readAll(), 0, fakes.log.end)).toBe(0);
  });

  test('does not make its owner wait for ever: the oldest bytes go instead', async () => {
    const fakes = new LogOnFakes();
    fakes.disk.freeze();
    while (fakes.append(64 * 1024));
    await fakes.clock.advance(2_500);
    expect(fakes.resumed).toBe(1);
    for (let n = 0; n < 100; n += 1) expect(fakes.append(64 * 1024)).toBe(true);
    expect(fakes.budget.used).toBeLessThan(2 * MEBIBYTE);
    fakes.disk.thaw();
    await fakes.settle();
    await fakes.appendSlowly(MEBIBYTE);
    await fakes.log.finish();
    const gaps = expectContinuous(await fakes.readAll(), 0, fakes.log.end);
    expect(gaps).toBe(fakes.log.dropped);
    expect(gaps).toBeGreaterThan(4 * MEBIBYTE);
    const archive = await SegmentArchive.open('/job', { disk: fakes.disk });
    expect(expectContinuous((await archive.read(0, 100)).items, 0)).toBe(0);
    expect(archive.end).toBe(fakes.log.end);
  });

  test('finishes in spite of a write that never ends', async () => {
    const fakes = new LogOnFakes();
    await fakes.appendSlowly(MEBIBYTE);
    fakes.disk.freeze();
    fakes.append(500_000);
    await fakes.settle();
    fakes.append(100_000);
    const finished = fakes.log.finish();
    await fakes.clock.advance(6_000);
    await finished;
    expectContinuous(await fakes.readAll(), 0, fakes.log.end);
    fakes.log.close();
    expect(fakes.budget.used).toBe(0);
    fakes.disk.thaw();
    await fakes.settle();
    expect(fakes.disk.openFiles).toBe(0);
  });
});

describe('OutputLog on a disk that fails', () => {
  test('tells once, drops the oldest, and never makes its owner wait', async () => {
    const fakes = new LogOnFakes();
    fakes.disk.trouble = new Error('ENOSPC: no space left');
    await fakes.appendSlowly(5 * MEBIBYTE);
    await fakes.clock.advance(3_000);
    await fakes.appendSlowly(5 * MEBIBYTE);
    expect(fakes.troubles).toEqual(['Cannot store output: ENOSPC: no space left']);
    expect(fakes.append(1)).toBe(true);
    expect(fakes.budget.used).toBeLessThan(1.5 * MEBIBYTE);
    const finishing = fakes.log.finish();
    await fakes.clock.advance(0);
    await finishing;
    const gaps = expectContinuous(await fakes.readAll(), 0, 10 * MEBIBYTE + 1);
    expect(gaps).toBe(fakes.log.dropped);
    expect(fakes.log.isOnDisk).toBe(false);
  });

  test('goes on writing when there is space again, leaving nothing of the failed write', async () => {
    const fakes = new LogOnFakes();
    await fakes.appendSlowly(500_000, 1_000);
    fakes.disk.trouble = new Error('ENOSPC: no space left');
    await fakes.appendSlowly(3_000_000, 1_000);
    fakes.disk.trouble = undefined;
    await fakes.clock.advance(2_000);
    await fakes.appendSlowly(500_000, 1_000);
    await fakes.log.finish();
    const gaps = expectContinuous(await fakes.readAll(), 0, 4_000_000);
    expect(gaps).toBe(fakes.log.dropped);
    expect(gaps).toBeGreaterThan(1_000_000);
    const archive = await SegmentArchive.open('/job', { disk: fakes.disk });
    const read = await archive.read(3_900_000, MEBIBYTE);
    expectContinuous(read.items, 3_900_000, 4_000_000);
  });

  test('drops what is left at the end, if the rest is on disk', async () => {
    const fakes = new LogOnFakes();
    await fakes.appendSlowly(MEBIBYTE);
    fakes.disk.trouble = new Error('EIO');
    await fakes.appendSlowly(100_000);
    await fakes.log.finish();
    expect(fakes.log.isOnDisk).toBe(true);
    expect(fakes.log.dropped).toBeGreaterThan(0);
    expect(expectContinuous(await fakes.readAll(), 0, fakes.log.end)).toBe(fakes.log.dropped);
  });
});

describe('OutputLog under a shared budget', () => {
  test('writes small outputs to disk when all together are too much, and stays readable', async () => {
    const disk = new FakeDisk();
    const budget = new MemoryBudget(MEBIBYTE);
    const all = Array.from({ length: 40 }, (_, n) => new LogOnFakes({ disk, budget, directory: `/job${String(n)}` }));
    for (const fakes of all) {
      fakes.append(50_000);
      await fakes.settle();
    }
    expect(budget.used).toBeLessThanOrEqual(MEBIBYTE);
    for (const fakes of all) {
      expectContinuous(await fakes.readAll(), 0, 50_000);
      expect(fakes.log.dropped).toBe(0);
      fakes.log.close();
    }
    expect(budget.used).toBe(0);
  });

  test('makes room by what ended runs hold, too', async () => {
    const disk = new FakeDisk();
    const budget = new MemoryBudget(MEBIBYTE);
    const ended = Array.from({ length: 20 }, (_, n) => new LogOnFakes({ disk, budget, directory: `/job${String(n)}` }));
    for (const fakes of ended) {
      fakes.append(50_000);
      await fakes.log.finish();
    }
    const live = new LogOnFakes({ disk, budget, directory: '/live' });
    live.append(60_000);
    await live.settle();
    expect(live.append(100)).toBe(true);
    expect(budget.used).toBeLessThanOrEqual(MEBIBYTE);
    for (const fakes of ended) expectContinuous(await fakes.readAll(), 0, 50_000);
  });

  test('waits when others hold everything, and goes on when they let go', async () => {
    const budget = new MemoryBudget(MEBIBYTE);
    const greedy = new LogOnFakes({ budget });
    greedy.disk.freeze();
    while (greedy.append(64 * 1024));
    const small = new LogOnFakes({ budget });
    small.disk.freeze();
    while (small.append(64 * 1024));
    expect(small.resumed).toBe(0);
    greedy.disk.thaw();
    small.disk.thaw();
    await greedy.settle();
    await small.settle();
    await small.settle();
    expect(small.resumed).toBe(1);
    await small.log.finish();
    expect(expectContinuous(await small.readAll(), 0, small.log.end)).toBe(0);
  });

  test('stays within the budget when no disk takes anything', async () => {
    const budget = new MemoryBudget(2 * MEBIBYTE);
    const all = Array.from({ length: 20 }, () => new LogOnFakes({ budget }));
    for (const fakes of all) fakes.disk.trouble = new Error('ENOSPC');
    for (let round = 0; round < 20; round += 1) {
      for (const fakes of all) {
        fakes.append(30_000);
        await fakes.settle();
      }
    }
    expect(budget.used).toBeLessThan(2 * MEBIBYTE + 20 * 31_000);
    for (const fakes of all) expectContinuous(await fakes.readAll(), 0, 600_000);
  });
});
