import path from 'node:path';

import type { Lease, MemoryPool } from '../../base/memory-pool.ts';
import type { OutputItem } from '../../protocol/output.ts';
import { decodeHead, decodeRecords, HEAD_BYTES, type RecordCursor } from './record-codec.ts';
import type { SegmentDisk } from './segment-disk.ts';
import type { Segment } from './segment-name.ts';

/** Where segments are found: the list may change between two reads. */
export interface SegmentSource {
  readonly disk: SegmentDisk;
  readonly directory: string;
  /** In order of position. A listed file that is gone was dropped to keep a bound: its bytes are a gap. */
  segments(): readonly Segment[];
  /** Memory to read into, for those who release what they read. */
  readonly pool?: MemoryPool | undefined;
}

export interface SegmentRead {
  readonly items: OutputItem[];
  /** Equal to the position asked for when the segments hold nothing from there on. */
  readonly next: number;
  /** See `OutputSlice`. */
  readonly release?: (() => void) | undefined;
}

/** What one segment gave. */
interface Found {
  readonly items: OutputItem[];
  readonly hint?: RecordCursor;
  /** Of the memory that bytes among the items stand in. */
  readonly lease?: Lease | undefined;
}

/** How many sequential readers of one log go on where they stopped; more have to search their place. */
const HINTS = 64;

/** Read at once at most, whatever is asked for, and while searching a place. */
const WINDOW_BYTES = 1024 * 1024;

/** Read beyond the payload asked for, for headers: enough for records of 256 bytes. Smaller ones make a smaller answer. */
const HEADER_SHARE = 1 / 16;
const HEADER_BYTES = 512;

/**
 * Reads records from a list of segments by position. What no segment holds, though a later one exists, is a gap. A run's
 * mark comes with the first bytes after it, so reading on from `next` never gives a mark twice.
 */
export class SegmentReader {
  readonly #source: SegmentSource;
  /** Position → the place in a segment where it stands; the longest unused go first. */
  readonly #hints = new Map<number, { readonly name: string; readonly cursor: RecordCursor }>();

  constructor(source: SegmentSource) {
    this.#source = source;
  }

  /** The first bytes from a position on, at most `maxBytes`, with the marks and gaps before them. */
  async read(from: number, maxBytes: number): Promise<SegmentRead> {
    const segments = this.#source.segments();
    const items: OutputItem[] = [];
    let position = from;
    let lease: Lease | undefined;
    for (let index = segmentAt(segments, from); index < segments.length; index += 1) {
      const segment = segments[index];
      if (segment === undefined) break;
      if (position < segment.start) {
        items.push({ type: 'gap', from: position, to: segment.start });
        position = segment.start;
      }
      const until = segments[index + 1]?.start ?? Number.MAX_SAFE_INTEGER;
      const found = await this.#readSegment(segment, position, Math.max(1, Math.min(maxBytes, until - position)));
      for (const item of found.items) {
        const part = itemBetween(item, position, until);
        if (part === undefined) continue;
        items.push(part);
        position = part.type === 'gap' ? part.to : part.type === 'bytes' ? part.position + part.bytes.length : position;
      }
      if (found.hint?.position === position) this.#remember(position, segment.name, found.hint);
      if (items.some((item) => item.type === 'bytes')) {
        lease = found.lease;
        break;
      }
      found.lease?.release();
    }
    return {
      items,
      next: position,
      release:
        lease &&
        ((): void => {
          lease.release();
        }),
    };
  }

  async #readSegment(segment: Segment, position: number, maxBytes: number): Promise<Found> {
    const { disk, directory } = this.#source;
    const file = path.join(directory, segment.name);
    const hint = this.#hints.get(position);
    let cursor = hint?.name === segment.name ? hint.cursor : undefined;
    if (cursor === undefined) {
      const head = await disk.read(file, 0, HEAD_BYTES);
      if (head === undefined || decodeHead(head) !== segment.start) return { items: [] };
      cursor = { position: segment.start, offset: HEAD_BYTES };
    }
    const items: OutputItem[] = [];
    let lease: Lease | undefined;
    while (cursor.offset < segment.size) {
      const behind = Math.max(0, position - cursor.position);
      const wanted = behind > 0 ? WINDOW_BYTES : Math.ceil(maxBytes * (1 + HEADER_SHARE)) + HEADER_BYTES;
      const length = Math.min(wanted, WINDOW_BYTES, segment.size - cursor.offset);
      lease?.release();
      lease = this.#memoryFor(length);
      const window = await disk.read(file, cursor.offset, length, lease?.bytes);
      if (window === undefined) break;
      const decoded = decodeRecords(window, cursor, behind + maxBytes);
      for (const item of decoded.items) if (endOf(item) > position || isMarkAt(item, position)) items.push(item);
      const stuck = decoded.cursor.offset === cursor.offset;
      cursor = decoded.cursor;
      if (stuck || decoded.broken || items.some((item) => item.type === 'bytes')) break;
    }
    return items.at(-1)?.type === 'run' ? { items, lease } : { items, hint: cursor, lease };
  }

  #memoryFor(length: number): Lease | undefined {
    const { pool } = this.#source;
    return pool !== undefined && length <= pool.size && length >= pool.size / 4 ? pool.take() : undefined;
  }

  #remember(position: number, name: string, cursor: RecordCursor): void {
    this.#hints.delete(position);
    this.#hints.set(position, { name, cursor });
    if (this.#hints.size <= HINTS) return;
    for (const oldest of this.#hints.keys()) {
      this.#hints.delete(oldest);
      return;
    }
  }
}

/** The first segment that may hold `position` or a mark at it; the first of all when it is before them. */
function segmentAt(segments: readonly Segment[], position: number): number {
  let index = segments.findLastIndex((segment) => segment.start <= position);
  while (index > 0 && segments[index - 1]?.start === segments[index]?.start && segments[index]?.start === position) {
    index -= 1;
  }
  return Math.max(index, 0);
}

/** The part of an item from `from` to `to`; a mark counts at both ends. */
function itemBetween(item: OutputItem, from: number, to: number): OutputItem | undefined {
  if (item.type === 'run') return item;
  if (item.type === 'gap') {
    const gap = { type: 'gap', from: Math.max(item.from, from), to: Math.min(item.to, to) } as const;
    return gap.from < gap.to ? gap : undefined;
  }
  const start = Math.max(0, from - item.position);
  const end = Math.min(item.bytes.length, to - item.position);
  if (start >= end) return undefined;
  if (start === 0 && end === item.bytes.length) return item;
  return { ...item, position: item.position + start, bytes: item.bytes.subarray(start, end) };
}

function endOf(item: OutputItem): number {
  return item.type === 'gap' ? item.to : item.type === 'run' ? -1 : item.position + item.bytes.length;
}

function isMarkAt(item: OutputItem, position: number): boolean {
  return item.type === 'run' && item.position === position;
}
