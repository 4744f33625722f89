import { lstat, unlink } from 'node:fs/promises';
import process from 'node:process';
import type { Clock } from '../../base/clock.ts';
import { errnoOf } from '../../protocol/file-error.ts';
import type { Disk } from './disk.ts';
import type { Held } from '../../files/held.ts';
import { readDirectory } from '../../files/read-directory.ts';
import { PART_PREFIX } from './upload-place.ts';

/** One that nothing was added to for so long was given up, milliseconds. */
const GIVEN_UP_MS = 24 * 60 * 60 * 1000;
/** A directory is not gone through again before, milliseconds: thousands of uploads to it may begin at once. */
const LOOK_AGAIN_MS = 60 * 60 * 1000;
/** Names of a directory that are looked at for those. */
const MOST_LOOKED_AT = 4096;
/** Directories of which it is known when they were looked at. */
const MOST_REMEMBERED = 1000;

/** The files of uploads that nobody goes on with. */
export class GivenUp {
  readonly #clock: Pick<Clock, 'now'>;
  /** When a directory was looked at; the latest stand last. */
  readonly #looked = new Map<string, number>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Removes those among the first names of a directory, unless that was done lately. Trouble is nobody's here. */
  async remove(disk: Disk, directory: Held): Promise<void> {
    const now = this.#clock.now();
    try {
      const { dev, ino } = await directory.stat();
      if (!this.#isDue(`${dev} ${ino}`, now)) return;
      let looked = 0;
      for await (const batch of readDirectory(disk, directory)) {
        for (const name of batch) {
          if (name.subarray(0, PART_PREFIX.length).toString() === PART_PREFIX)
            await removeOld(disk, directory, name, now);
        }
        looked += batch.length;
        if (looked >= MOST_LOOKED_AT) return;
      }
    } catch {
      // A directory that can't be read can still be written to.
    }
  }

  #isDue(directory: string, now: number): boolean {
    const before = this.#looked.get(directory);
    if (before !== undefined && Math.abs(now - before) < LOOK_AGAIN_MS) return false;
    this.#looked.delete(directory);
    this.#looked.set(directory, now);
    const [oldest] = this.#looked.keys();
    if (this.#looked.size > MOST_REMEMBERED && oldest !== undefined) this.#looked.delete(oldest);
    return true;
  }
}

async function removeOld(disk: Disk, parent: Held, name: Buffer, now: number): Promise<void> {
  try {
    const stats = await disk.do(() => lstat(parent.at(name)));
    const isOurs = stats.isFile() && stats.uid === process.geteuid?.();
    if (isOurs && now - stats.mtimeMs > GIVEN_UP_MS) await disk.do(() => unlink(parent.at(name)));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
