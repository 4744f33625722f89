import { randomBytes } from 'node:crypto';
import { truncateSync, writeFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { MemoryPool } from '../../../src/base/memory-pool.ts';
import { removeSegments, SegmentArchive, segmentBytes } from '../../../src/host/output/segment-archive.ts';
import { segmentName } from '../../../src/host/output/segment-name.ts';
import { SegmentWriter } from '../../../src/host/output/segment-writer.ts';
import { segmentDisk } from '../../../src/host/output/segment-disk.ts';
import type { OutputItem } from '../../../src/protocol/output.ts';
import { FakeDisk } from '../../fakes/fake-disk.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { contentAt } from './content.ts';
import { expectContinuous } from './continuity.ts';

const KEEP_ALL = 1024 ** 3;

/** Writes one run's output in records of `size` bytes. */
async function writeRun(
  directory: string,
  run: number,
  {
    start,
    length,
    size,
    disk = segmentDisk,
  }: { start: number; length: number; size: number; disk?: typeof segmentDisk },
): Promise<void> {
  const writer = new SegmentWriter({ disk, directory, run, start, keepBytes: KEEP_ALL });
  await writer.write([{ header: { type: 'run', run, epoch: run }, length: 0 }]);
  for (let at = start; at < start + length; at += size) {
    const bytes = contentAt(at, Math.min(size, start + length - at));
    const header = { type: 'bytes', stream: 'stdout', epoch: at, length: bytes.length } as const;
    await writer.write([{ header, length: bytes.length, bytes }]);
  }
  await writer.close();
}

async function readAll(archive: SegmentArchive, from = 0, maxBytes = 100_000): Promise<OutputItem[]> {
  const items: OutputItem[] = [];
  for (let next = from; ;) {
    const slice = await archive.read(next, maxBytes);
    items.push(...slice.items);
    if (slice.ended) return items;
    expect(slice.next).toBeGreaterThan(next);
    next = slice.next;
  }
}

function marksOf(items: readonly OutputItem[]): string[] {
  return items.filter((item) => item.type === 'run').map(({ run, position }) => `${String(run)}@${String(position)}`);
}

describe('SegmentArchive', () => {
  test('reads into memory that is used again once the reader gave it back', async () => {
    await using directory = tempDir();
    await writeRun(directory.path, 1, { start: 0, length: 500_000, size: 50_000 });
    const pool = new MemoryPool(60_000, 4);
    const archive = await SegmentArchive.open(directory.path, { pool });
    let next = 0;
    for (let ended = false; !ended;) {
      const slice = await archive.read(next, 50_000);
      expect(expectContinuous(slice.items, next, slice.next)).toBe(0);
      slice.release?.();
      ({ next, ended } = slice);
    }
    expect(next).toBe(500_000);
    expect(pool.free).toBe(1);
  });

  test('gives all runs of a directory, each with its mark, in any portions', async () => {
    await using directory = tempDir();
    await writeRun(directory.path, 1, { start: 0, length: 300_000, size: 7_000 });
    await writeRun(directory.path, 2, { start: 300_000, length: 1_000, size: 10 });
    await writeRun(directory.path, 3, { start: 301_000, length: 9_000_000, size: 60_000 });
    const archive = await SegmentArchive.open(directory.path);
    expect([archive.start, archive.end]).toEqual([0, 9_301_000]);
    for (const portion of [5_000, 100_000, 10_000_000]) {
      const items = await readAll(archive, 0, portion);
      expect(expectContinuous(items, 0, 9_301_000)).toBe(0);
      expect(marksOf(items)).toEqual(['1@0', '2@300000', '3@301000']);
    }
  });

  test('reads from any position', async () => {
    await using directory = tempDir();
    await writeRun(directory.path, 1, { start: 1_000, length: 100_000, size: 777 });
    const archive = await SegmentArchive.open(directory.path);
    for (const from of [1_000, 1_001, 1_777, 50_000, 100_999]) {
      const { items } = await archive.read(from, 2_000);
      expectContinuous(items, from);
      expect(items.some((item) => item.type === 'bytes')).toBe(true);
    }
    expect(await archive.read(101_000, 10)).toEqual({ items: [], next: 101_000, ended: true });
    expect(await archive.read(200_000, 10)).toEqual({ items: [], next: 200_000, ended: true });
  });

  test('reads a file once when it is read from its beginning to its end', async () => {
    const disk = new FakeDisk();
    await writeRun('/d', 1, { start: 0, length: 4_000_000, size: 200, disk });
    const archive = await SegmentArchive.open('/d', { disk, end: 4_000_000 });
    await readAll(archive, 0, 10_000);
    const size = await segmentBytes('/d', disk);
    expect(disk.bytesRead).toBeLessThan(size * 2);
  });

  test('reads on where they stopped for several readers at once', async () => {
    const disk = new FakeDisk();
    await writeRun('/d', 1, { start: 0, length: 2_000_000, size: 200, disk });
    const archive = await SegmentArchive.open('/d', { disk, end: 2_000_000 });
    const readers = 8;
    await Promise.all(Array.from({ length: readers }, (_, n) => readAll(archive, n * 3_000, 10_000)));
    expect(disk.bytesRead).toBeLessThan((await segmentBytes('/d', disk)) * 2 * readers);
  });

  test('tells what is missing before, between and after segments as gaps', async () => {
    await using directory = tempDir();
    await writeRun(directory.path, 1, { start: 100, length: 50, size: 50 });
    await writeRun(directory.path, 2, { start: 200, length: 50, size: 50 });
    const archive = await SegmentArchive.open(directory.path, { end: 300 });
    expect(archive.start).toBe(100);
    const items = await readAll(archive);
    expect(expectContinuous(items, 0, 300)).toBe(200);
    expect(marksOf(items)).toEqual(['1@100', '2@200']);
  });

  test('is one gap when nothing is left, and nothing when nothing was', async () => {
    await using directory = tempDir();
    const lost = await SegmentArchive.open(directory.at('missing'), { end: 70 });
    expect(await lost.read(20, 10)).toEqual({ items: [{ type: 'gap', from: 20, to: 70 }], next: 70, ended: true });
    const empty = await SegmentArchive.open(directory.at('missing'));
    expect(await empty.read(0, 10)).toEqual({ items: [], next: 0, ended: true });
  });

  test('gives the marks of runs that wrote nothing with what follows', async () => {
    await using directory = tempDir();
    await writeRun(directory.path, 1, { start: 0, length: 0, size: 1 });
    await writeRun(directory.path, 2, { start: 0, length: 100, size: 50 });
    await writeRun(directory.path, 3, { start: 100, length: 10, size: 10 });
    const archive = await SegmentArchive.open(directory.path);
    expect(marksOf(await readAll(archive, 0, 30))).toEqual(['1@0', '2@0', '3@100']);
  });

  test('says nothing of a later run that begins at its end', async () => {
    await using directory = tempDir();
    await writeRun(directory.path, 1, { start: 0, length: 100, size: 50 });
    await writeRun(directory.path, 2, { start: 100, length: 100, size: 50 });
    const archive = await SegmentArchive.open(directory.path, { end: 100 });
    const items = await readAll(archive);
    expect(expectContinuous(items, 0, 100)).toBe(0);
    expect(marksOf(items)).toEqual(['1@0']);
    expect(await archive.read(100, 10)).toEqual({ items: [], next: 100, ended: true });
  });

  test('reads a torn segment up to where it is torn', async () => {
    await using directory = tempDir();
    await writeRun(directory.path, 1, { start: 0, length: 1_000, size: 100 });
    await writeRun(directory.path, 2, { start: 1_000, length: 100, size: 100 });
    const torn = directory.at(segmentName(0, 1));
    truncateSync(torn, 16 + 16 + 5 * 116 + 16 + 40);
    const archive = await SegmentArchive.open(directory.path);
    const items = await readAll(archive);
    expect(expectContinuous(items, 0, 1_100)).toBe(460);
    expect(items).toContainEqual({ type: 'gap', from: 540, to: 1_000 });
  });

  test('finds the end in the last segment that can be read, torn or not', async () => {
    await using directory = tempDir();
    await writeRun(directory.path, 1, { start: 0, length: 1_000, size: 100 });
    truncateSync(directory.at(segmentName(0, 1)), 16 + 16 + 3 * 116 + 10);
    writeFileSync(directory.at(segmentName(5_000, 2)), 'rubbish');
    expect((await SegmentArchive.open(directory.path)).end).toBe(300);
  });

  test('survives rubbish: foreign files, wrong heads, noise, empty files', async () => {
    await using directory = tempDir();
    await writeRun(directory.path, 1, { start: 0, length: 1_000, size: 100 });
    await writeRun(directory.path, 4, { start: 4_000, length: 1_000, size: 100 });
    writeFileSync(directory.at('README'), 'hello');
    writeFileSync(directory.at(segmentName(1_000, 2)), randomBytes(5_000));
    writeFileSync(directory.at(segmentName(2_000, 3)), '');
    const archive = await SegmentArchive.open(directory.path);
    expect(expectContinuous(await readAll(archive), 0, 5_000)).toBe(3_000);
  });

  test('never gives a position twice when segments overlap', async () => {
    await using directory = tempDir();
    await writeRun(directory.path, 1, { start: 0, length: 1_000, size: 100 });
    await writeRun(directory.path, 2, { start: 450, length: 1_000, size: 100 });
    const archive = await SegmentArchive.open(directory.path);
    expect(expectContinuous(await readAll(archive), 0, 1_450)).toBe(0);
  });

  test('goes on when segments are removed under it', async () => {
    const disk = new FakeDisk();
    await writeRun('/d', 1, { start: 0, length: 9_000_000, size: 100_000, disk });
    const archive = await SegmentArchive.open('/d', { disk });
    const { next } = await archive.read(0, 100_000);
    const [first = '', second = ''] = [...disk.files.keys()].toSorted();
    disk.files.delete(first);
    disk.files.delete(second);
    const items = await readAll(archive, next);
    expect(expectContinuous(items, next, 9_000_000)).toBeGreaterThan(0);
  });
});

describe('segmentBytes() and removeSegments()', () => {
  test('tell what a directory takes and free it', async () => {
    await using directory = tempDir();
    const folder = directory.at('job');
    await writeRun(folder, 1, { start: 0, length: 1_000, size: 100 });
    writeFileSync(directory.at('job', 'foreign'), 'x');
    expect(await segmentBytes(folder)).toBe(16 + 16 + 10 * 116);
    await removeSegments(folder);
    await removeSegments(folder);
    expect(await segmentBytes(folder)).toBe(0);
  });
});
