import path from 'node:path';
import { MemoryPool } from '../../base/memory-pool.ts';
import type { OutputArchive } from '../../engine/output-archive.ts';
import { encodeItems } from '../../host/output/record-codec.ts';
import { SegmentArchive } from '../../host/output/segment-archive.ts';
import type { OutputSlice } from '../../protocol/output.ts';
import type { AreaClient } from '../database/area.ts';
import type { StoredOutput } from '../jobs/job-reads.ts';
import type { JobsOperations } from '../jobs/jobs-area.ts';
import { RowOutput, type RowSlice } from './row-output.ts';

/** Folders whose listing is kept for the next read. */
const FOLDERS_KEPT = 64;

/**
 * Memory for what is read from files: pieces of 512 KiB, with the headers of their records. Kept for readers that have
 * some under way to their peers, and want the next.
 */
const windows = new MemoryPool(560 * 1024, 4);

/** Reads what ended runs wrote: from the job's row where it holds the position, else from its files. */
export class StoredOutputArchive implements OutputArchive {
  readonly #jobs: AreaClient<JobsOperations>;
  readonly #directory: string;
  /** By folder and end: sequential readers go on where they stopped. */
  readonly #folders = new Map<string, SegmentArchive>();

  constructor(jobs: AreaClient<JobsOperations>, directory: string) {
    this.#jobs = jobs;
    this.#directory = directory;
  }

  async read(uid: string, from: number, maxBytes: number, signal?: AbortSignal): Promise<OutputSlice> {
    signal?.throwIfAborted();
    const stored = await this.#jobs.read('output', uid);
    signal?.throwIfAborted();
    if (stored === undefined) return { items: [], next: from, ended: true };
    const row = new RowOutput(stored.parts);
    const here = row.read(from, maxBytes);
    if (here.next > from) return this.#slice(uid, stored, row, here);
    const told = Math.max(stored.end, row.end);
    const end = from < told || stored.settled ? told : await this.#endOf(uid, stored, row);
    if (from >= end) return this.#slice(uid, stored, row, here);
    const folder = await this.#folder(uid, Math.min(row.nextAfter(from) ?? end, end));
    const { items, next, release } = await folder.read(from, maxBytes);
    signal?.throwIfAborted();
    const { marks } = row.read(next, 0);
    return { ...(await this.#slice(uid, stored, row, { items: [...here.marks, ...items], next, marks })), release };
  }

  async end(uid: string): Promise<number> {
    const stored = await this.#jobs.read('output', uid);
    return stored === undefined ? 0 : this.#endOf(uid, stored, new RowOutput(stored.parts));
  }

  directory(uid: string): string {
    return path.join(this.#directory, uid);
  }

  encode(items: OutputSlice['items']): Uint8Array {
    return encodeItems(items);
  }

  /** Forgets what it knows of removed folders. */
  forget(uids: Iterable<string>): void {
    const gone = new Set(uids);
    for (const key of this.#folders.keys()) {
      if (gone.has(key.slice(0, key.lastIndexOf('@')))) this.#folders.delete(key);
    }
  }

  /** The answer; what stands at the very end of a settled job is in it. */
  async #slice(
    uid: string,
    stored: StoredOutput,
    row: RowOutput,
    { items, next, marks }: RowSlice,
  ): Promise<OutputSlice> {
    const ended = next >= (next < stored.end ? stored.end : await this.#endOf(uid, stored, row));
    return { items: ended && stored.settled ? [...items, ...marks] : items, next, ended };
  }

  /** A live job may have more in its files than it was told of: its run's owner may have died. */
  async #endOf(uid: string, stored: StoredOutput, row: RowOutput): Promise<number> {
    if (stored.settled) return stored.end;
    const files = await SegmentArchive.open(this.directory(uid));
    return Math.max(stored.end, row.end, files.end);
  }

  /** The job's files as far as `end`, which must be of ended runs. */
  async #folder(uid: string, end: number): Promise<SegmentArchive> {
    const key = `${uid}@${end}`;
    const known = this.#folders.get(key) ?? (await SegmentArchive.open(this.directory(uid), { end, pool: windows }));
    this.#folders.delete(key);
    this.#folders.set(key, known);
    if (this.#folders.size > FOLDERS_KEPT) {
      for (const oldest of this.#folders.keys()) {
        this.#folders.delete(oldest);
        break;
      }
    }
    return known;
  }
}
