import type { FileHandle } from 'node:fs/promises';

/** Reads `size` bytes, fewer only at the end of the file. Without an offset it goes on where the last one ended. */
export async function readFully(file: FileHandle, size: number, offset?: number): Promise<Buffer> {
  return await fill(file, Buffer.allocUnsafeSlow(size), offset);
}

/** Reads as many bytes as fit into a buffer, fewer only at the end of the file; gives the part that was filled. */
export async function fill(file: FileHandle, buffer: Buffer, offset?: number): Promise<Buffer> {
  let length = 0;
  while (length < buffer.length) {
    const position = offset === undefined ? null : offset + length;
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, position);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

/** Writes all bytes. Without an offset it goes on where the last one ended, or at the end of a file that is appended to. */
export async function writeFully(file: FileHandle, bytes: Uint8Array, offset?: number): Promise<void> {
  let length = 0;
  while (length < bytes.length) {
    const position = offset === undefined ? null : offset + length;
    const { bytesWritten } = await file.write(bytes, length, bytes.length - length, position);
    length += bytesWritten;
  }
}
