import path from 'node:path';

import type { MemoryPool } from '../../base/memory-pool.ts';
import type { OutputItem, OutputSlice } from '../../protocol/output.ts';
import { decodeHead, decodeRecords, HEAD_BYTES, type RecordCursor } from './record-codec.ts';
import { type SegmentDisk, segmentDisk } from './segment-disk.ts';
import { type Segment, segmentsAmong } from './segment-name.ts';
import { SegmentReader } from './segment-reader.ts';

export interface ArchiveOptions {
  /** Position after the last byte that was ever written; what no file holds before it is a gap. Found in the files when missing. */
  readonly end?: number;
  readonly disk?: SegmentDisk;
  /** Memory to read into, for those who release what they read. */
  readonly pool?: MemoryPool;
}

/**
 * The output that a job's ended runs left in its directory. Foreign files are ignored; what a crash cut off or damaged
 * is a gap. Reading is safe while a later run of the job writes to the same directory and drops its oldest segments.
 */
export class SegmentArchive {
  /** Position of the first byte kept; equal to `end` when nothing is. */
  readonly start: number;
  readonly end: number;
  readonly #reader: SegmentReader;

  /** For {@link SegmentArchive.open}. */
  constructor(start: number, end: number, reader: SegmentReader) {
    this.start = start;
    this.end = end;
    this.#reader = reader;
  }

  /** Looks at what is there; a directory that is missing holds nothing. */
  static async open(directory: string, options: ArchiveOptions = {}): Promise<SegmentArchive> {
    const disk = options.disk ?? segmentDisk;
    const segments = segmentsAmong(await disk.list(directory));
    const reader = new SegmentReader({ disk, directory, segments: () => segments, pool: options.pool });
    const end = options.end ?? (await endOfSegments(disk, directory, segments));
    return new SegmentArchive(Math.min(segments[0]?.start ?? end, end), end, reader);
  }

  /** Items from a position on, at most about `maxBytes`; below what is kept, first the gap. */
  async read(from: number, maxBytes: number): Promise<OutputSlice> {
    if (from >= this.end) return { items: [], next: from, ended: true };
    const read = await this.#reader.read(from, Math.max(1, Math.min(maxBytes, this.end - from)));
    const items = read.items.flatMap((item) => itemBefore(item, this.end));
    let next = Math.min(read.next, this.end);
    if (next < this.end && !items.some((item) => item.type === 'bytes')) {
      const last = items.at(-1);
      if (last?.type === 'gap') items.pop();
      items.push({ type: 'gap', from: last?.type === 'gap' ? last.from : next, to: this.end });
      next = this.end;
    }
    return { items, next, ended: next >= this.end, release: read.release };
  }
}

/** Bytes of disk that a job's segments take. */
export async function segmentBytes(directory: string, disk: SegmentDisk = segmentDisk): Promise<number> {
  return segmentsAmong(await disk.list(directory)).reduce((sum, { size }) => sum + size, 0);
}

/** Removes a job's output directory and all that is in it. Removing what isn't there is fine. */
export async function removeSegments(directory: string, disk: SegmentDisk = segmentDisk): Promise<void> {
  await disk.removeAll(directory);
}

/** The part of an item that lies before the end. A mark at the end belongs to a run after it. */
function itemBefore(item: OutputItem, end: number): OutputItem[] {
  if (item.type === 'run') return item.position < end ? [item] : [];
  if (item.type === 'gap') return item.from < end ? [{ ...item, to: Math.min(item.to, end) }] : [];
  if (item.position >= end) return [];
  return [
    item.position + item.bytes.length <= end ? item : { ...item, bytes: item.bytes.subarray(0, end - item.position) },
  ];
}

/** Segments can be damaged, so the end is that of the last one that can be read. */
async function endOfSegments(disk: SegmentDisk, directory: string, segments: readonly Segment[]): Promise<number> {
  for (const segment of segments.toReversed()) {
    const bytes = await disk.read(path.join(directory, segment.name), 0, segment.size);
    if (bytes === undefined || decodeHead(bytes) !== segment.start) continue;
    const start: RecordCursor = { position: segment.start, offset: HEAD_BYTES };
    return decodeRecords(bytes.subarray(HEAD_BYTES), start, Number.MAX_SAFE_INTEGER).cursor.position;
  }
  return 0;
}
