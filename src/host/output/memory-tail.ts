import type { Lease } from '../../base/memory-pool.ts';
import type { OutputItem, OutputStream } from '../../protocol/output.ts';

/** Adjacent output of one stream, or a stretch that was dropped. */
export interface Chunk {
  readonly stream: OutputStream | 'gap';
  readonly position: number;
  readonly epoch: number;
  /** How far it moves the position. */
  length: number;
  /** Empty for a gap. */
  bytes: Buffer;
  /** Where the bytes stand, when that is memory to be released. */
  readonly lease?: Lease | undefined;
}

/** What a chunk costs beside its bytes, so that tiny ones can't grow memory unseen. */
const CHUNK_COST = 128;

/** Smaller pieces are copied together; larger ones are kept as they come. */
const COPY_BELOW = 4 * 1024;
const SMALLEST_SLAB = 512;
const LARGEST_SLAB = 16 * 1024;

/**
 * The newest output of one run, in memory: at first what is on disk already (safe), then what is being written (taken),
 * then the rest. Safe chunks may go unseen; of the rest the oldest become a gap.
 *
 * ```
 * start ─ safe ─┬─ taken ─┬─ waiting ─ end
 * ```
 */
export class MemoryTail {
  #chunks: Chunk[] = [];
  #safe = 0;
  #taken = 0;
  #cost = 0;
  #safeCost = 0;
  #end: number;
  #slab = Buffer.alloc(0);
  #slabUsed = 0;

  constructor(start: number) {
    this.#end = start;
  }

  /** Position of the first byte held. */
  get start(): number {
    return this.#chunks[0]?.position ?? this.#end;
  }

  get end(): number {
    return this.#end;
  }

  /** Bytes of memory held. */
  get cost(): number {
    return this.#cost;
  }

  /** Bytes of memory held that are on disk too. */
  get safeCost(): number {
    return this.#safeCost;
  }

  /** True when nothing waits to be written or is being written. */
  get isSafe(): boolean {
    return this.#safe === this.#chunks.length;
  }

  /** Adds bytes at the end; they must not change afterwards, or as long as a lease is held. Returns by how much the cost grew. */
  append(stream: OutputStream, bytes: Buffer, epoch: number, lease?: Lease): number {
    const position = this.#end;
    const before = this.#cost;
    this.#end += bytes.length;
    this.#cost += bytes.length;
    if (bytes.length >= COPY_BELOW) {
      this.#push({ stream, position, epoch, length: bytes.length, bytes, lease: lease?.hold() });
      return this.#cost - before;
    }
    const from = this.#copyToSlab(bytes);
    const last = this.#chunks.at(-1);
    const joins =
      last !== undefined && this.#taken < this.#chunks.length && last.stream === stream && last.epoch === epoch;
    if (
      joins &&
      last.bytes.buffer === this.#slab.buffer &&
      last.bytes.byteOffset + last.length === this.#slab.byteOffset + from
    ) {
      last.length += bytes.length;
      last.bytes = this.#slab.subarray(from + bytes.length - last.length, from + bytes.length);
    } else {
      const copy = this.#slab.subarray(from, from + bytes.length);
      this.#push({ stream, position, epoch, length: bytes.length, bytes: copy });
    }
    return this.#cost - before;
  }

  /** The next waiting chunks, at most about `maxBytes`, at least one if any; to be confirmed or put back. */
  take(maxBytes: number): readonly Chunk[] {
    const first = this.#taken;
    let size = 0;
    while (this.#taken < this.#chunks.length) {
      size += this.#chunks[this.#taken]?.bytes.length ?? 0;
      if (size > maxBytes && this.#taken > first) break;
      this.#taken += 1;
    }
    return this.#chunks.slice(first, this.#taken);
  }

  /** What was taken is on disk. */
  confirm(): void {
    for (; this.#safe < this.#taken; this.#safe += 1) this.#safeCost += costOf(this.#chunks[this.#safe]);
  }

  /** What was taken is not on disk after all. */
  putBack(): void {
    this.#taken = this.#safe;
  }

  /** Lets the oldest safe chunks go until the cost is at most `cost`. */
  evict(cost: number): void {
    let count = 0;
    while (count < this.#safe && this.#cost > cost) {
      const freed = costOf(this.#chunks[count]);
      this.#cost -= freed;
      this.#safeCost -= freed;
      this.#chunks[count]?.lease?.release();
      count += 1;
    }
    this.#chunks.splice(0, count);
    this.#safe -= count;
    this.#taken -= count;
  }

  /** Turns the oldest waiting chunks into a gap until the cost is at most `cost`. Returns how many bytes were lost. */
  drop(cost: number): number {
    const first = this.#taken;
    const gap = this.#chunks[first];
    if (gap === undefined) return 0;
    let after = first;
    let lost = 0;
    while (after < this.#chunks.length && this.#cost > cost) {
      const chunk = this.#chunks[after];
      this.#cost -= costOf(chunk);
      lost += chunk?.bytes.length ?? 0;
      chunk?.lease?.release();
      after += 1;
    }
    if (after === first) return 0;
    const to = this.#chunks[after]?.position ?? this.#end;
    const { position, epoch } = gap;
    this.#chunks.splice(first, after - first, {
      stream: 'gap',
      position,
      epoch,
      length: to - position,
      bytes: Buffer.alloc(0),
    });
    this.#cost += CHUNK_COST;
    return lost;
  }

  /**
   * Items from a position within `start` and `end` on, at most `maxBytes` of them, sharing memory. What has to be
   * released when they are needed no more is added to `leases`.
   */
  read(from: number, maxBytes: number, leases: Lease[] = []): OutputItem[] {
    const items: OutputItem[] = [];
    let room = maxBytes;
    for (let index = this.#indexOf(from); index < this.#chunks.length && room > 0; index += 1) {
      const chunk = this.#chunks[index];
      if (chunk === undefined) break;
      const { stream, epoch } = chunk;
      const skip = Math.max(0, from - chunk.position);
      if (stream === 'gap') {
        items.push({ type: 'gap', from: chunk.position + skip, to: chunk.position + chunk.length });
      } else {
        const bytes = chunk.bytes.subarray(skip, skip + room);
        room -= bytes.length;
        if (chunk.lease !== undefined) leases.push(chunk.lease.hold());
        items.push({ type: 'bytes', stream, position: chunk.position + skip, epoch, bytes });
      }
    }
    return items;
  }

  #push(chunk: Chunk): void {
    this.#cost += CHUNK_COST;
    this.#chunks.push(chunk);
  }

  /** Where in the slab the bytes are now. Small output must not hold the large buffers it was read into. */
  #copyToSlab(bytes: Buffer): number {
    if (this.#slabUsed + bytes.length > this.#slab.length) {
      const wanted = Math.min(LARGEST_SLAB, Math.max(SMALLEST_SLAB, this.#slab.length * 2));
      this.#slab = Buffer.allocUnsafeSlow(Math.max(wanted, bytes.length));
      this.#slabUsed = 0;
    }
    const from = this.#slabUsed;
    bytes.copy(this.#slab, from);
    this.#slabUsed += bytes.length;
    return from;
  }

  /** Index of the chunk that holds `position`. */
  #indexOf(position: number): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const chunk = this.#chunks[middle];
      if (chunk !== undefined && chunk.position + chunk.length <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function costOf(chunk: Chunk | undefined): number {
  return chunk === undefined ? 0 : chunk.bytes.length + CHUNK_COST;
}
