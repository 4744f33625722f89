import type { Random } from './random.ts';

const POSITIONS = [0n, 1n, 5n, 1000n, 2n ** 31n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 64n - 1n];

/** A binary frame with anything in its header, or too short for one. */
export function randomBinaryFrame(random: Random): Buffer {
  if (random.chance(0.2)) return random.bytes(random.below(20));
  const kind = random.weighted([
    [6, 0],
    [2, random.between(1, 4)],
    [1, random.below(256)],
  ] as const);
  const handle = random.chance(0.8) ? random.between(0, 40) : random.pick([2 ** 31, 2 ** 32 - 1]);
  return binaryFrame(kind, handle, random.pick(POSITIONS), random.bytes(random.below(60)));
}

export function binaryFrame(kind: number, handle: number, position: bigint, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt8(kind);
  header.writeUInt32BE(handle, 1);
  header.writeBigUInt64BE(position, 5);
  return Buffer.concat([header, payload]);
}
