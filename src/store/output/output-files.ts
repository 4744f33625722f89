import { opendir } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import { removeSegments, segmentBytes } from '../../host/output/segment-archive.ts';
import type { AreaClient } from '../database/area.ts';
import type { JobsOperations } from '../jobs/jobs-area.ts';

/** Bytes that all jobs' output files may take together. */
export const OUTPUT_FILES_BYTES = 4 * 1024 ** 3;

/** How often folders are looked through, milliseconds, and how many of them at once. */
const SCAN_EVERY_MS = 30_000;
const FOLDERS_AT_ONCE = 200;

/** Names of folders that may be a job's; others (a disk's `lost+found`) are not ours. */
const UID = /^[\w-]+$/;

interface Folder {
  readonly bytes: number;
  readonly endedAt: number;
}

/**
 * Looks after the jobs' folders of output files, in the background: removes those of no job, and the
 * oldest settled jobs' when all together take too much. Live jobs' folders are somebody else's.
 */
export class OutputFiles {
  readonly #jobs: AreaClient<JobsOperations>;
  readonly #clock: Clock;
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #directoryOf: (uid: string) => string;
  readonly #onRemoved: (uids: readonly string[]) => void;
  /** Folders of settled jobs, whose size changes no more. */
  readonly #settled = new Map<string, Folder>();
  #bytes = 0;
  #timer: Disposable | undefined;
  #scanning: Promise<void> | undefined;
  #closed = false;

  constructor(options: {
    readonly jobs: AreaClient<JobsOperations>;
    readonly clock: Clock;
    readonly directory: string;
    readonly maxBytes: number;
    readonly directoryOf: (uid: string) => string;
    readonly onRemoved: (uids: readonly string[]) => void;
  }) {
    this.#jobs = options.jobs;
    this.#clock = options.clock;
    this.#directory = options.directory;
    this.#maxBytes = options.maxBytes;
    this.#directoryOf = options.directoryOf;
    this.#onRemoved = options.onRemoved;
  }

  /** Bytes of files that were found at the last look. */
  get bytes(): number {
    return this.#bytes;
  }

  start(): void {
    void this.scan();
  }

  /** Removes these jobs' folders; they are settled and in the store no more. */
  async remove(uids: readonly string[]): Promise<void> {
    for (const uid of uids) {
      const folder = this.#settled.get(uid);
      // One that was never seen is found by the next scan.
      if (folder === undefined) continue;
      this.#settled.delete(uid);
      this.#bytes -= folder.bytes;
      await this.#removeFolder(uid);
    }
  }

  /** Looks through all folders and removes what should not be there. */
  scan(): Promise<void> {
    this.#scanning ??= this.#scan().finally(() => {
      this.#scanning = undefined;
      if (this.#closed) return;
      this.#timer?.[Symbol.dispose]();
      this.#timer = this.#clock.after(SCAN_EVERY_MS, () => void this.scan());
    });
    return this.#scanning;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    await this.#scanning;
  }

  async #scan(): Promise<void> {
    try {
      let liveBytes = 0;
      let some: string[] = [];
      const look = async (): Promise<void> => {
        liveBytes += await this.#look(some);
        some = [];
      };
      for await (const entry of await opendir(this.#directory, { bufferSize: FOLDERS_AT_ONCE })) {
        if (this.#closed) return;
        if (!this.#settled.has(entry.name) && entry.isDirectory() && UID.test(entry.name)) some.push(entry.name);
        if (some.length >= FOLDERS_AT_ONCE) await look();
      }
      await look();
      await this.#bound(liveBytes);
    } catch {
      // No folder, or the store is in trouble: the next scan tries again.
    }
  }

  /** Sorts folders out; answers the bytes of those of live jobs. */
  async #look(uids: readonly string[]): Promise<number> {
    if (uids.length === 0) return 0;
    const standings = await this.#jobs.read('standings', uids);
    let liveBytes = 0;
    for (const [index, uid] of uids.entries()) {
      const standing = standings[index];
      if (standing === undefined) {
        await this.#removeFolder(uid);
        continue;
      }
      const bytes = await segmentBytes(this.#directoryOf(uid));
      if (standing === 'live') liveBytes += bytes;
      else this.#settled.set(uid, { bytes, endedAt: standing.endedAt });
    }
    return liveBytes;
  }

  /** Removes the oldest settled jobs' folders until all fits. */
  async #bound(liveBytes: number): Promise<void> {
    this.#bytes = liveBytes + [...this.#settled.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    if (this.#bytes <= this.#maxBytes) return;
    const oldestFirst = [...this.#settled].sort(([, one], [, other]) => one.endedAt - other.endedAt);
    for (const [uid] of oldestFirst) {
      if (this.#bytes <= this.#maxBytes || this.#closed) return;
      await this.remove([uid]);
    }
  }

  async #removeFolder(uid: string): Promise<void> {
    this.#onRemoved([uid]);
    try {
      await removeSegments(this.#directoryOf(uid));
    } catch {
      // It is found again by the next scan.
    }
  }
}
