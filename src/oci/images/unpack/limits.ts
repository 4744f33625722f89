/** What an archive may hold, and what its unpacking has come to. */
import { statfsSync } from 'node:fs';
import * as z from 'zod';
import { AgentError } from '../../../protocol/agent-error.ts';
import { ArchiveError } from '../../../files/archive-error.ts';

/** Bounds of one archive. */
export const UnpackLimits = z.object({
  /** Bytes of all files together. */
  bytes: z.int().min(0),
  /** Headers, those of long names included. */
  entries: z.int().min(1),
  /** Bytes that must stay free on the disk. */
  minFree: z.int().min(0),
});
export type UnpackLimits = z.infer<typeof UnpackLimits>;

/** The disk is looked at each time so much was written. */
const LOOK_EVERY = 64 * 1024 * 1024;

/** Counts against limits. */
export class UnpackMeter {
  readonly #limits: UnpackLimits;
  readonly #directory: Buffer;
  #bytes = 0;
  #entries = 0;
  #lookAt = 0;

  /** `directory`: anything on the disk that is written to. */
  constructor(limits: UnpackLimits, directory: Buffer) {
    this.#limits = limits;
    this.#directory = directory;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get entries(): number {
    return this.#entries;
  }

  /** Another entry, of a file of so many bytes. Errors: ArchiveError beyond the limits; AgentError `no-space`. */
  entry(size: number): void {
    this.#entries += 1;
    this.#bytes += size;
    const { entries, bytes } = this.#limits;
    if (this.#entries > entries) throw new ArchiveError(`it has more than ${entries} entries`);
    if (this.#bytes > bytes) throw new ArchiveError(`it has more than ${bytes} bytes of files`);
    if (this.#bytes >= this.#lookAt) this.#look(size);
  }

  #look(coming: number): void {
    this.#lookAt = this.#bytes + LOOK_EVERY;
    const { bavail, bsize } = statfsSync(this.#directory);
    if (bavail * bsize - coming >= this.#limits.minFree) return;
    throw new AgentError(
      'no-space',
      `Cannot go on: fewer than ${this.#limits.minFree} bytes would be free on the disk of images`,
    );
  }
}
