/**
 * Binary frames: `u8 kind · u32 handle · u64 position · payload`, big-endian.
 *
 * Kinds: 0 standard input (client to agent), 1 stdout, 2 stderr, 3 pty (agent to client). The position
 * is that of the payload's first byte: in the job's output log, or in its standard input.
 */
import type { OutputStream } from '../protocol/output.ts';

export const BINARY_HEADER_BYTES = 13;
export const STDIN_KIND = 0;

/** First byte of a WebSocket message that is one binary frame. */
const FINAL_BINARY = 0x82;

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

/**
 * Everything that goes before the payload when an agent writes a whole WebSocket message itself: the
 * message’s own head (RFC 6455 §5.2: one unmasked binary frame) and our header. The payload follows as
 * it is, without being copied.
 */
export function binaryMessageHead(kind: number, handle: number, position: number, payloadBytes: number): Buffer {
  const length = BINARY_HEADER_BYTES + payloadBytes;
  const own = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const head = Buffer.allocUnsafe(own + BINARY_HEADER_BYTES);
  head[0] = FINAL_BINARY;
  head[1] = own === 2 ? length : own === 4 ? 126 : 127;
  if (own === 4) head.writeUInt16BE(length, 2);
  if (own === 10) head.writeBigUInt64BE(BigInt(length), 2);
  writeHeader(head, own, kind, handle, position);
  return head;
}

export function encodeBinaryFrame({ kind, handle, position, payload }: BinaryFrame): Buffer {
  const data = Buffer.allocUnsafe(BINARY_HEADER_BYTES + payload.length);
  writeHeader(data, 0, kind, handle, position);
  data.set(payload, BINARY_HEADER_BYTES);
  return data;
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

function writeHeader(target: Buffer, at: number, kind: number, handle: number, position: number): void {
  target.writeUInt8(kind, at);
  target.writeUInt32BE(handle, at + 1);
  target.writeBigUInt64BE(BigInt(position), at + 5);
}
