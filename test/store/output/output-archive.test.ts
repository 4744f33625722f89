import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { encodeItems } from '../../../src/host/output/record-codec.ts';
import { segmentName } from '../../../src/host/output/segment-name.ts';
import type { JobProgress } from '../../../src/engine/job-store.ts';
import type { OutputItem, OutputSlice } from '../../../src/protocol/output.ts';
import { openStore, type Store } from '../../../src/store/open-store.ts';
import { acceptance, settled } from '../../contracts/job-store.ts';
import { tempDir, type TempDir } from '../../harness/temp-dir.ts';
import { until } from '../../harness/until.ts';

const END = { endedAt: Date.now(), expiresAt: Date.now() + 86_400_000 };
const mark = (run: number, position: number): OutputItem => ({ type: 'run', run, position, epoch: run });
const bytes = (text: string, position: number): OutputItem => ({
  type: 'bytes',
  stream: 'stdout',
  position,
  epoch: 5,
  bytes: Buffer.from(text),
});
const gap = (from: number, to: number): OutputItem => ({ type: 'gap', from, to });
const upTo = (outputEnd: number): JobProgress => ({
  failures: 0,
  dueAt: undefined,
  outputEnd,
  outputDropped: 0,
  final: false,
  lastRun: undefined,
});

describe('StoredOutputArchive', () => {
  let directory: TempDir;
  let store: Store;

  beforeEach(async () => {
    directory = tempDir();
    store = await openStore({ directory: directory.path });
  });
  afterEach(async () => {
    await store.close();
    await directory[Symbol.asyncDispose]();
  });

  /** A job with a run per entry, its output in the row or in a file. */
  async function runJob(
    runs: readonly { place: 'row' | 'file'; items: OutputItem[]; end: number }[],
    end?: number,
  ): Promise<void> {
    await store.jobs.accept(acceptance('a'));
    for (const [index, { place, items, end: outputEnd }] of runs.entries()) {
      if (place === 'file') writeSegment(items, index + 1);
      const output = place === 'row' ? store.outputs.encode(items) : undefined;
      await store.jobs.conclude('uid-a', { type: 'again', output, progress: upTo(outputEnd) });
    }
    if (end !== undefined) await store.jobs.conclude('uid-a', settled({ ...END, outputEnd: end }));
  }

  function writeSegment(items: OutputItem[], run: number): void {
    const folder = store.outputs.directory('uid-a');
    mkdirSync(folder, { recursive: true });
    const [first] = items;
    const start = first?.type === 'gap' ? first.from : (first?.position ?? 0);
    writeFileSync(path.join(folder, segmentName(start, run)), encodeItems(items));
  }

  /** Reads on until it is over. */
  async function readAll(maxBytes: number, from = 0): Promise<OutputSlice> {
    const items: OutputItem[] = [];
    for (let position = from, reads = 0; ; reads += 1) {
      const slice = await store.outputs.read('uid-a', position, maxBytes);
      items.push(...slice.items);
      if (slice.ended) return { ...slice, items };
      expect(slice.next).toBeGreaterThan(position);
      expect(reads).toBeLessThan(1000);
      position = slice.next;
    }
  }

  /** Bytes as text, dots for gaps, digits in brackets for marks. */
  const textOf = (items: readonly OutputItem[]): string =>
    items
      .map((item) => {
        if (item.type === 'run') return `[${item.run}]`;
        return item.type === 'gap' ? '.'.repeat(item.to - item.from) : Buffer.from(item.bytes).toString();
      })
      .join('');

  test('answers for an unknown job as ended with nothing', async () => {
    expect(await store.outputs.read('nobody', 7, 100)).toEqual({ items: [], next: 7, ended: true });
    expect(await store.outputs.end('nobody')).toBe(0);
  });

  test('has a folder for each job, and makes none', () => {
    expect(store.outputs.directory('uid-a')).toBe(directory.at('output', 'uid-a'));
    expect(existsSync(directory.at('output'))).toBe(false);
  });

  test.each([1, 3, 1000])('reads from the row, %i bytes at a time', async (size) => {
    await runJob([{ place: 'row', items: [mark(1, 0), bytes('hello', 0)], end: 5 }], 5);
    const read = await readAll(size);
    expect(textOf(read.items)).toBe('[1]hello');
    expect(read).toMatchObject({ next: 5, ended: true });
    expect(await store.outputs.end('uid-a')).toBe(5);
    expect(await store.outputs.read('uid-a', 5, 10)).toEqual({ items: [], next: 5, ended: true });
    expect(await store.outputs.read('uid-a', 50, 10)).toEqual({ items: [], next: 50, ended: true });
  });

  test.each([1, 2, 4, 1000])('reads runs in row and files in turn, %i bytes at a time', async (size) => {
    await runJob(
      [
        { place: 'row', items: [mark(1, 0), bytes('one', 0)], end: 3 },
        { place: 'file', items: [mark(2, 3), bytes('two', 3), bytes('TWO', 6)], end: 9 },
        { place: 'row', items: [mark(3, 9)], end: 9 },
        { place: 'row', items: [mark(4, 9), bytes('four', 9)], end: 13 },
        { place: 'file', items: [mark(5, 13), bytes('five', 13)], end: 17 },
        { place: 'row', items: [mark(6, 17)], end: 17 },
        { place: 'file', items: [mark(7, 17), bytes('seven', 17)], end: 22 },
        { place: 'row', items: [mark(8, 22)], end: 22 },
      ],
      22,
    );
    expect(textOf((await readAll(size)).items)).toBe('[1]one[2]twoTWO[3][4]four[5]five[6][7]seven[8]');
    expect(textOf((await readAll(size, 4)).items)).toBe('woTWO[3][4]four[5]five[6][7]seven[8]');
  });

  test('shows what is no longer kept as a gap', async () => {
    await runJob(
      [
        { place: 'file', items: [bytes('abc', 10)], end: 13 },
        { place: 'row', items: [mark(2, 20), bytes('x', 20)], end: 21 },
      ],
      30,
    );
    const read = await readAll(100);
    expect(textOf(read.items)).toBe('..........abc.......[2]x.........');
    expect(read.next).toBe(30);
    expect(await store.outputs.read('uid-a', 5, 100)).toMatchObject({
      items: [gap(5, 10), bytes('abc', 10)],
      next: 13,
    });
  });

  test('goes on when files disappear between two reads', async () => {
    const long = Array.from({ length: 10 }, (_, n) => bytes('0123456789', n * 10));
    await runJob([{ place: 'file', items: [mark(1, 0), ...long], end: 100 }], 100);
    const first = await store.outputs.read('uid-a', 0, 20);
    expect(first.next).toBeGreaterThanOrEqual(20);
    rmSync(store.outputs.directory('uid-a'), { recursive: true });
    expect(await store.outputs.read('uid-a', 20, 20)).toEqual({ items: [gap(20, 100)], next: 100, ended: true });
  });

  test('drops the oldest parts of a row beyond 64 KiB, never the newest', async () => {
    const part = (n: number): OutputItem[] => [mark(n + 1, n * 20_000), bytes(String(n).repeat(20_000), n * 20_000)];
    await runJob(
      Array.from({ length: 8 }, (_, n) => ({ place: 'row', items: part(n), end: (n + 1) * 20_000 }) as const),
      160_000,
    );
    const read = await readAll(10_000);
    expect(
      textOf(read.items)
        .replace(/\.+/, '…')
        .replaceAll(/(\d)\1+/g, '$1'),
    ).toBe('…[6]5[7]6[8]7');
    await store.jobs.accept(acceptance('big'));
    const big = store.outputs.encode([mark(1, 0), bytes('b'.repeat(200_000), 0)]);
    await store.jobs.conclude('uid-big', { ...settled({ ...END, outputEnd: 200_000 }), output: big });
    expect((await store.outputs.read('uid-big', 0, 1_000_000)).next).toBe(200_000);
  });

  test('tells of a live job what its dead owner left beyond what was told', async () => {
    await runJob([{ place: 'row', items: [mark(1, 0), bytes('one', 0)], end: 3 }]);
    expect(await store.outputs.read('uid-a', 0, 100)).toMatchObject({ next: 3, ended: true });
    writeSegment([mark(2, 3), bytes('lost', 3)], 2);
    expect(await store.outputs.end('uid-a')).toBe(7);
    expect(textOf((await readAll(2)).items)).toBe('[1]one[2]lost');
    await store.jobs.conclude('uid-a', settled({ ...END, outputEnd: 7 }));
    expect(textOf((await readAll(100)).items)).toBe('[1]one[2]lost');
  });

  test('stops when it is told to', async () => {
    await runJob([{ place: 'row', items: [mark(1, 0), bytes('one', 0)], end: 3 }], 3);
    await expect(store.outputs.read('uid-a', 0, 10, AbortSignal.abort())).rejects.toThrow();
  });

  test('remembers nothing of a job whose files were removed', async () => {
    await runJob([{ place: 'file', items: [mark(1, 0), bytes('abc', 0)], end: 3 }], 3);
    await readAll(1);
    await store.close();
    store = await openStore({ directory: directory.path, outputBytes: 1 });
    await readAll(1);
    await until('the folder is gone', async () => {
      await store.sweep();
      return !existsSync(store.outputs.directory('uid-a'));
    });
    expect(await store.outputs.read('uid-a', 0, 10)).toEqual({ items: [gap(0, 3)], next: 3, ended: true });
  });
});
