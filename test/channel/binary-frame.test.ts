import { expect, test } from 'vitest';
import {
  binaryMessageHead,
  decodeBinaryFrame,
  encodeBinaryFrame,
  kindOfStream,
  streamOfKind,
} from '../../src/channel/binary-frame.ts';

test('`encodeBinaryFrame()` and `decodeBinaryFrame()` agree', () => {
  const frame = { kind: 1, handle: 4_294_967_295, position: Number.MAX_SAFE_INTEGER, payload: Buffer.from('bytes') };
  expect(decodeBinaryFrame(encodeBinaryFrame(frame))).toEqual(frame);
});

test('`encodeBinaryFrame()` writes the header big-endian', () => {
  const data = encodeBinaryFrame({ kind: 2, handle: 0x01020304, position: 0x0506, payload: Buffer.from([0xff]) });
  expect(data.toString('hex')).toBe('02010203040000000000000506ff');
});

test.each([
  ['empty', ''],
  ['one byte short of a header', '000000000100000000000000'],
  ['beyond the positions a number can hold', '00000000010020000000000000'],
])('`decodeBinaryFrame()` refuses a frame that is %s', (_what, hex) => {
  expect(decodeBinaryFrame(Buffer.from(hex, 'hex'))).toBeUndefined();
});

test('`decodeBinaryFrame()` takes an empty payload', () => {
  const frame = { kind: 0, handle: 1, position: 7, payload: Buffer.alloc(0) };
  expect(decodeBinaryFrame(encodeBinaryFrame(frame))).toEqual(frame);
});

test.each([
  [0, '820d'],
  [112, '827d'],
  [113, '827e007e'],
  [65_522, '827effff'],
  [65_523, '827f0000000000010000'],
  [2 ** 32, '827f000000010000000d'],
])('`binaryMessageHead()` tells the length of a payload of %d bytes', (bytes, start) => {
  const head = binaryMessageHead(1, 7, 9, bytes).toString('hex');
  expect(head).toBe(`${start}01000000070000000000000009`);
});

test('the kinds of streams have numbers, and standard input is no stream', () => {
  expect((['stdout', 'stderr', 'pty'] as const).map((stream) => streamOfKind(kindOfStream(stream)))).toEqual([
    'stdout',
    'stderr',
    'pty',
  ]);
  expect([streamOfKind(0), streamOfKind(4)]).toEqual([undefined, undefined]);
});
