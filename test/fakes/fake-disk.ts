import path from 'node:path';

import type { SegmentDisk } from '../../src/host/output/segment-disk.ts';

/** A disk in memory that can be full, broken or hung. */
export class FakeDisk implements SegmentDisk {
  readonly files = new Map<string, Buffer>();
  /** While set, opening and writing fail with it; what was begun to be written stays half written. */
  trouble: Error | undefined;
  /** How often files were read, and how many bytes of them. */
  reads = 0;
  bytesRead = 0;
  readonly #open = new Map<number, string>();
  #lastFd = 2;
  #thaw: PromiseWithResolvers<undefined> | undefined;

  /** How many files are open. */
  get openFiles(): number {
    return this.#open.size;
  }

  /** Writing does not come to an end until {@link thaw}. */
  freeze(): void {
    this.#thaw ??= Promise.withResolvers<undefined>();
  }

  thaw(): void {
    this.#thaw?.resolve(undefined);
    this.#thaw = undefined;
  }

  list(directory: string): Promise<{ readonly name: string; readonly size: number }[]> {
    const inside = [...this.files].filter(([file]) => path.dirname(file) === directory);
    return Promise.resolve(inside.map(([file, { length }]) => ({ name: path.basename(file), size: length })));
  }

  async create(file: string): Promise<number> {
    await this.#thaw?.promise;
    if (this.trouble !== undefined) throw this.trouble;
    this.files.set(file, Buffer.alloc(0));
    this.#lastFd += 1;
    this.#open.set(this.#lastFd, file);
    return this.#lastFd;
  }

  async write(fd: number, buffers: readonly Uint8Array[], offset: number): Promise<void> {
    await this.#thaw?.promise;
    const whole = Buffer.concat(buffers);
    const part = this.trouble === undefined ? whole : whole.subarray(0, whole.length / 2);
    this.#change(fd, (old) => {
      const length = Math.max(old.length, offset + part.length);
      // Room to grow, so that many small writes don't copy the file each time.
      const grown = length <= old.buffer.byteLength - old.byteOffset ? old : Buffer.from(new ArrayBuffer(length * 2));
      if (grown !== old) old.copy(grown);
      const file = Buffer.from(grown.buffer, grown.byteOffset, length);
      part.copy(file, offset);
      return file;
    });
    if (this.trouble !== undefined) throw this.trouble;
  }

  truncate(fd: number, size: number): Promise<void> {
    this.#change(fd, (old) => old.subarray(0, size));
    return Promise.resolve();
  }

  close(fd: number): Promise<void> {
    if (!this.#open.delete(fd)) throw new Error(`Cannot close file ${String(fd)}: it is not open`);
    return Promise.resolve();
  }

  read(file: string, offset: number, length: number): Promise<Buffer | undefined> {
    const content = this.files.get(file);
    const part = content === undefined ? undefined : Buffer.from(content.subarray(offset, offset + length));
    this.reads += 1;
    this.bytesRead += part?.length ?? 0;
    return Promise.resolve(part);
  }

  remove(file: string): Promise<void> {
    this.files.delete(file);
    return Promise.resolve();
  }

  removeAll(directory: string): Promise<void> {
    for (const file of this.files.keys()) if (file.startsWith(`${directory}/`)) this.files.delete(file);
    return Promise.resolve();
  }

  #change(fd: number, change: (old: Buffer) => Buffer): void {
    const file = this.#open.get(fd);
    if (file === undefined) throw new Error(`Cannot write to file ${String(fd)}: it is not open`);
    const old = this.files.get(file);
    // A removed file that is still open is written to, but nobody sees it.
    if (old !== undefined) this.files.set(file, change(old));
  }
}
