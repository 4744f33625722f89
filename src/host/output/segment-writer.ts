import path from 'node:path';

import { encodeHead, encodeRecordHeader, HEAD_BYTES, RECORD_HEADER_BYTES, type RecordHeader } from './record-codec.ts';
import type { SegmentDisk } from './segment-disk.ts';
import { type Segment, segmentName, segmentsAmong } from './segment-name.ts';

/** One record to write. `bytes` is there for a record of bytes only. */
export interface RecordToWrite {
  readonly header: RecordHeader;
  /** How far the record moves the position. */
  readonly length: number;
  readonly bytes?: Uint8Array;
}

export interface SegmentWriterOptions {
  readonly disk: SegmentDisk;
  readonly directory: string;
  readonly run: number;
  /** Position of the first record. */
  readonly start: number;
  /** Bytes all segments of the directory may take. */
  readonly keepBytes: number;
}

interface OwnSegment extends Segment {
  /** Bytes of output in it: what a drop loses. Gaps in it were lost before. */
  payload: number;
}

/** A segment is closed when it would grow beyond this. */
const SEGMENT_BYTES = 4 * 1024 * 1024;
const SMALLEST_SEGMENT_BYTES = 16 * 1024;

/** The most that one write hands to the disk, and so the most that is neither droppable nor safe. */
const BATCH_BYTES = 512 * 1024;

/** A small bound gets small segments, so that dropping one drops little. */
const SEGMENTS_WITHIN_BOUND = 8;

/**
 * Writes one run's records to segments of its job's directory, in order, one write at a time. The oldest segments in the
 * directory, earlier runs' first, go to keep it within its bound. A failed write leaves no trace and can be tried again.
 */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  readonly #segmentBytes: number;
  #segments: readonly OwnSegment[] = [];
  #current: OwnSegment | undefined;
  #earlier: readonly Segment[] | undefined;
  #fd: number | undefined;
  #position: number;
  #dropped = 0;

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
    const share = Math.floor(options.keepBytes / SEGMENTS_WITHIN_BOUND);
    this.#segmentBytes = Math.max(SMALLEST_SEGMENT_BYTES, Math.min(SEGMENT_BYTES, share));
    this.#position = options.start;
  }

  /** This run's segments that are still there, in order. A new list whenever one comes or goes. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Bytes of this run that went with dropped segments. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Bytes a batch may have so that segments stay near their size. */
  get batchBytes(): number {
    return Math.min(BATCH_BYTES, this.#segmentBytes / 4);
  }

  /** Writes records after those written before. On failure none of them counts as written. */
  async write(records: readonly RecordToWrite[]): Promise<void> {
    const buffers = encode(records);
    const size = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    const segment = await this.#segmentFor(size);
    const fd = (this.#fd ??= await this.#create(segment));
    try {
      await this.#options.disk.write(fd, buffers, segment.size);
    } catch (error) {
      // What is left of a failed write must not stand behind the shorter one that may follow it.
      await this.#options.disk.truncate(fd, segment.size).catch(() => undefined);
      throw error;
    }
    segment.size += size;
    segment.payload += records.reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0);
    if (!this.#segments.includes(segment)) this.#segments = [...this.#segments, segment];
    this.#position += records.reduce((sum, { length }) => sum + length, 0);
  }

  /** Lets go of the file being written. */
  async close(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) await this.#options.disk.close(fd).catch(() => undefined);
  }

  async #segmentFor(size: number): Promise<OwnSegment> {
    if (
      this.#current !== undefined &&
      this.#current.size > HEAD_BYTES &&
      this.#current.size + size > this.#segmentBytes
    ) {
      void this.close();
      this.#current = undefined;
    }
    const { run } = this.#options;
    this.#current ??= { name: segmentName(this.#position, run), start: this.#position, run, size: 0, payload: 0 };
    await this.#makeRoom(size);
    return this.#current;
  }

  async #create(segment: Segment): Promise<number> {
    const { disk, directory } = this.#options;
    const fd = await disk.create(path.join(directory, segment.name));
    try {
      const head = encodeHead(segment.start);
      await disk.write(fd, [head], 0);
      segment.size = head.length;
    } catch (error) {
      await disk.close(fd).catch(() => undefined);
      throw error;
    }
    return fd;
  }

  async #makeRoom(size: number): Promise<void> {
    const { disk, directory, keepBytes } = this.#options;
    this.#earlier ??= segmentsAmong(await disk.list(directory)).filter(({ name }) => name !== this.#current?.name);
    for (;;) {
      const own = this.#segments.reduce((sum, segment) => sum + segment.size, 0);
      const earlier = this.#earlier.reduce((sum, segment) => sum + segment.size, 0);
      const oldestOwn = this.#segments.find((segment) => segment !== this.#current);
      const oldest: Segment | undefined = this.#earlier[0] ?? oldestOwn;
      if (own + earlier + size <= keepBytes || oldest === undefined) return;
      // Off the list first: a file that is gone then reads as dropped in any list.
      if (oldestOwn !== undefined && oldest === oldestOwn) this.#dropped += oldestOwn.payload;
      this.#earlier = this.#earlier.filter((segment) => segment !== oldest);
      this.#segments = this.#segments.filter((segment) => segment !== oldest);
      // Not awaited: writing goes on meanwhile, and what can't be removed now counts no more.
      void disk.remove(path.join(directory, oldest.name)).catch(() => undefined);
    }
  }
}

function encode(records: readonly RecordToWrite[]): Uint8Array[] {
  const headers = Buffer.allocUnsafe(records.length * RECORD_HEADER_BYTES);
  return records.flatMap(({ header, bytes }, index) => {
    const offset = index * RECORD_HEADER_BYTES;
    encodeRecordHeader(headers, offset, header);
    const encoded = headers.subarray(offset, offset + RECORD_HEADER_BYTES);
    return bytes === undefined ? [encoded] : [encoded, bytes];
  });
}
