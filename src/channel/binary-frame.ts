/**
 * Binary frames: `u8 kind · u32 handle · u64 position · payload`, big-endian.
 *
 * Kinds: 0 standard input (client to agent), 1 stdout, 2 stderr, 3 pty (agent to client). The position
 * is that of the payload's first byte: in the job's output log, or in its standard input.
 */
import type { OutputStream } from '../protocol/output.ts';

export const BINARY_HEADER_BYTES = 13;
export const STDIN_KIND = 0;

const KINDS: Readonly<Record<OutputStream, number>> = { stdout: 1, stderr: 2, pty: 3 };
const STREAMS: readonly (OutputStream | undefined)[] = [undefined, 'stdout', 'stderr', 'pty'];

export interface BinaryFrame {
  readonly kind: number;
  readonly handle: number;
  readonly position: number;
  readonly payload: Uint8Array;
}

/** The kind number of a stream. */
export function kindOfStream(stream: OutputStream): number {
  return KINDS[stream];
}

/** The stream of a kind number; undefined for standard input and unknown kinds. */
export function streamOfKind(kind: number): OutputStream | undefined {
  return STREAMS[kind];
}

/** Header bytes alone, for a sender that writes header and payload as two parts. */
export function binaryHeader(kind: number, handle: number, position: number): Buffer {
  const header = Buffer.allocUnsafe(BINARY_HEADER_BYTES);
  header.writeUInt8(kind, 0);
  header.writeUInt32BE(handle, 1);
  header.writeBigUInt64BE(BigInt(position), 5);
  return header;
}

export function encodeBinaryFrame(frame: BinaryFrame): Buffer {
  return Buffer.concat([binaryHeader(frame.kind, frame.handle, frame.position), frame.payload]);
}

/** Reads a frame; undefined when it is shorter than a header or its position is beyond 2^53. The payload is a view. */
export function decodeBinaryFrame(data: Buffer): BinaryFrame | undefined {
  if (data.length < BINARY_HEADER_BYTES) return undefined;
  const position = data.readBigUInt64BE(5);
  if (position > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  return {
    kind: data.readUInt8(0),
    handle: data.readUInt32BE(1),
    position: Number(position),
    payload: data.subarray(BINARY_HEADER_BYTES),
  };
}
