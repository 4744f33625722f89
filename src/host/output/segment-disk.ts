/** The few things the output log asks of a disk; a port, so that tests can have a slow or a full one. */
import fs from 'node:fs';
import path from 'node:path';

export interface SegmentDisk {
  /** Files in a directory with their sizes in bytes; none when there is no such directory. */
  list(directory: string): Promise<{ readonly name: string; readonly size: number }[]>;
  /** Opens an empty file for writing; its directory is made when missing. */
  create(file: string): Promise<number>;
  /** Writes all of `buffers` at `offset` or fails. */
  write(fd: number, buffers: readonly Uint8Array[], offset: number): Promise<void>;
  truncate(fd: number, size: number): Promise<void>;
  close(fd: number): Promise<void>;
  /**
   * Reads up to `length` bytes at `offset`, into `memory` if it is given and the disk wants to; undefined when there is
   * no such file (any more).
   */
  read(file: string, offset: number, length: number, memory?: Buffer): Promise<Buffer | undefined>;
  /** Removes a file, if it is there. */
  remove(file: string): Promise<void>;
  /** Removes a directory with all it holds, if it is there. */
  removeAll(directory: string): Promise<void>;
}

/** Only the agent's own account may read what jobs wrote. */
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/** The machine's own file system. */
export const segmentDisk: SegmentDisk = {
  list: async (directory) => {
    const files: { name: string; size: number }[] = [];
    for (const name of (await unlessMissing(fs.promises.readdir(directory))) ?? []) {
      const found = await unlessMissing(fs.promises.stat(path.join(directory, name)));
      if (found?.isFile() === true) files.push({ name, size: found.size });
    }
    return files;
  },
  create: async (file) => {
    try {
      return await open(file, 'w');
    } catch (error) {
      if (!isMissing(error)) throw error;
      await fs.promises.mkdir(path.dirname(file), { recursive: true, mode: DIRECTORY_MODE });
      return await open(file, 'w');
    }
  },
  write: async (fd, buffers, offset) => {
    let left: Uint8Array[] = [...buffers];
    let at = offset;
    while (left.length > 0) {
      const written = await writeSome(fd, left, at);
      at += written;
      left = without(left, written);
    }
  },
  truncate: (fd, size) => settle((done) => fs.ftruncate(fd, size, done)),
  close: (fd) => settle((done) => fs.close(fd, done)),
  read: async (file, offset, length, memory) => {
    const fd = await unlessMissing(open(file, 'r'));
    if (fd === undefined) return undefined;
    try {
      return await readSome(fd, offset, memory?.subarray(0, length) ?? Buffer.allocUnsafeSlow(length));
    } finally {
      fs.close(fd, () => undefined);
    }
  },
  remove: async (file) => {
    await unlessMissing(settle((done) => fs.unlink(file, done)));
  },
  removeAll: (directory) => fs.promises.rm(directory, { recursive: true, force: true }),
};

/** Writing many buffers in one call is limited by the system to 1,024 of them. */
const BUFFERS_PER_CALL = 1_024;

function open(file: string, flags: 'r' | 'w'): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(file, flags, FILE_MODE, (error, fd) => {
      if (error) reject(error);
      else resolve(fd);
    });
  });
}

function writeSome(fd: number, buffers: Uint8Array[], offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.writev(fd, buffers.slice(0, BUFFERS_PER_CALL), offset, (error, written) => {
      if (error) reject(error);
      else resolve(written);
    });
  });
}

function readSome(fd: number, offset: number, buffer: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    fs.read(fd, buffer, 0, buffer.length, offset, (error, count) => {
      if (error) reject(error);
      else resolve(buffer.subarray(0, count));
    });
  });
}

function settle(start: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function without(buffers: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  const left: Uint8Array[] = [];
  for (const buffer of buffers) {
    if (skip < buffer.length) left.push(skip === 0 ? buffer : buffer.subarray(skip));
    skip = Math.max(0, skip - buffer.length);
  }
  return left;
}

async function unlessMissing<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
