import { createHash } from 'node:crypto';

/** A prime length, so that no power of two of bytes repeats it. */
const LENGTH = 1_048_573;
const block = Buffer.alloc(LENGTH);
for (let at = 0; at < LENGTH; at += 32) createHash('sha256').update(String(at)).digest().copy(block, at);
const twice = Buffer.concat([block, block]);

/** What tests write at a position: every position has its byte, so that what is read can be checked without a copy. At most 1 MB. */
export function contentAt(position: number, length: number): Buffer {
  const from = position % LENGTH;
  return twice.subarray(from, from + length);
}
