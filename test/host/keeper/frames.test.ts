import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { MemoryPool } from '../../../src/base/memory-pool.ts';
import {
  type Frame,
  FRAME_HEADER_BYTES,
  FrameReader,
  keepBytes,
  LARGEST_FRAME,
  writeFrameHeader,
} from '../../../src/host/keeper/frames.ts';

interface Sent {
  readonly kind: number;
  readonly id: number;
  readonly text: string;
  readonly bytes: Buffer;
}

function encode({ kind, id, text, bytes }: Sent): Buffer {
  const body = Buffer.from(text);
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  writeFrameHeader(header, 0, { kind, id, text: body.length, bytes: bytes.length });
  return Buffer.concat([header, body, bytes]);
}

/** The same, of a stream that is read to where the reader has room for it, into memory that is used again. */
function readInPlace(stream: Buffer, pieceBytes: number, pool: MemoryPool): Sent[] {
  const reader = new FrameReader([pool]);
  const found: Sent[] = [];
  const onFrame = ({ kind, id, text, bytes, lease }: Frame): void => {
    found.push({ kind, id, text, bytes: Buffer.from(bytes) });
    bytes.fill(0xee);
    lease?.release();
  };
  for (let at = 0; at < stream.length;) {
    const room = reader.room();
    const piece = stream.subarray(at, at + Math.min(pieceBytes, room?.length ?? pieceBytes));
    if (room === undefined) {
      reader.push(Buffer.from(piece), onFrame);
    } else {
      piece.copy(room);
      reader.filled(piece.length, onFrame);
    }
    at += piece.length;
  }
  return found;
}

/** What a reader makes of a stream that is cut at these places. */
function read(stream: Buffer, cuts: readonly number[]): Sent[] {
  const reader = new FrameReader();
  const found: Sent[] = [];
  const places = [
    0,
    ...cuts.map((cut) => cut % (stream.length + 1)).toSorted((one, other) => one - other),
    stream.length,
  ];
  for (const [index, from] of places.entries()) {
    // The same memory is used again and again, as a socket's buffer is.
    const chunk = Buffer.from(stream.subarray(from, places[index + 1] ?? stream.length));
    reader.push(chunk, (frame) => {
      found.push({ kind: frame.kind, id: frame.id, text: frame.text, bytes: keepBytes(frame) });
    });
    chunk.fill(0xee);
  }
  return found;
}

const frame = fc.record({
  kind: fc.integer({ min: 0, max: 255 }),
  id: fc.integer({ min: 0, max: 0xffffffff }),
  text: fc.oneof(fc.constant(''), fc.json()),
  bytes: fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.integer({ min: 16_000, max: 50_000 }).map((size) => Buffer.alloc(size, 7)),
  ),
});

describe('FrameReader', () => {
  test('gives the frames that were written, wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 6 }), fc.array(fc.nat(200_000), { maxLength: 12 }), (frames, cuts) => {
        expect(read(Buffer.concat(frames.map(encode)), cuts)).toEqual(frames);
      }),
      { numRuns: 200 },
    );
  });

  test('gives the frames that were written, read to their place in memory that is used again', () => {
    const pool = new MemoryPool(45_000, 2);
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 6 }), fc.integer({ min: 100, max: 70_000 }), (frames, pieceBytes) => {
        expect(readInPlace(Buffer.concat(frames.map(encode)), pieceBytes, pool)).toEqual(frames);
      }),
      { numRuns: 200 },
    );
    expect(pool.free).toBe(1);
  });

  test('gives frames that come byte by byte', () => {
    const sent = { kind: 3, id: 9, text: '{"a":"ž"}', bytes: Buffer.from('bytes') };
    const stream = Buffer.concat([encode(sent), encode(sent)]);
    expect(read(stream, Array.from(stream.keys()))).toEqual([sent, sent]);
  });

  test.each([
    ['that is too large', (header: Buffer) => header.writeUInt32BE(LARGEST_FRAME + 1, 0)],
    ['that is shorter than its header', (header: Buffer) => header.writeUInt32BE(8, 0)],
    ['whose text is longer than itself', (header: Buffer) => header.writeUInt32BE(1000, 9)],
  ])('refuses a frame %s', (_what, spoil) => {
    const stream = encode({ kind: 1, id: 1, text: 'text', bytes: Buffer.from('bytes') });
    spoil(stream);
    expect(() => read(stream, [])).toThrow('Cannot read a frame');
  });

  test('refuses to write a frame that would not be taken', () => {
    const header = { kind: 1, id: 1, text: 0, bytes: LARGEST_FRAME };
    expect(() => writeFrameHeader(Buffer.alloc(13), 0, header)).toThrow('Cannot send a frame');
  });
});
