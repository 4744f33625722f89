import { expect, test } from 'vitest';
import type { ReadingItem } from '../../src/engine/streams/reading.ts';
import { EventFrame, GapFrame, MessagesFrame, StatsFrame } from '../../src/protocol/frames.ts';
import { sendItems } from '../../src/server/output-frames.ts';

interface Bytes {
  readonly kind: number;
  readonly handle: number;
  readonly position: number;
  readonly payload: string;
}

/** Sends items and gives what went out. */
function send(items: readonly ReadingItem[], handle?: number) {
  const texts: string[] = [];
  const bytes: Bytes[] = [];
  const order: string[] = [];
  sendItems(
    items,
    { id: 'job', handle },
    {
      text: (text) => {
        texts.push(text);
        order.push((JSON.parse(text) as { type: string }).type);
      },
      binary: (kind, own, position, pieces) => {
        bytes.push({ kind, handle: own, position, payload: Buffer.concat(pieces).toString() });
        order.push('bytes');
      },
    },
  );
  return { frames: texts.map((text) => JSON.parse(text) as unknown), texts, bytes, order };
}

const bytesAt = (position: number, text: string, stream: 'stdout' | 'stderr' = 'stdout'): ReadingItem => ({
  type: 'bytes',
  stream,
  position,
  bytes: Buffer.from(text),
});
const message = (seq: number, text: string) => ({ seq, level: 1, text, epoch: 1 });

test('`sendItems()` sends one frame a batch of messages, with the handle only if there is one', () => {
  const items: ReadingItem[] = [{ type: 'messages', run: 2, messages: [message(1, 'a'), message(3, 'b')] }];
  expect(MessagesFrame.parse(send(items).frames[0])).toEqual({ ...items[0], id: 'job' });
  expect(MessagesFrame.parse(send(items, 4).frames[0])).toEqual({ ...items[0], id: 'job', handle: 4 });
});

test('`sendItems()` splits a batch so that frames stay near 256 KiB, losing and moving nothing', () => {
  const messages = Array.from({ length: 40 }, (_, seq) => message(seq, 'x'.repeat(20_000)));
  const { texts, frames } = send([{ type: 'messages', run: 1, messages }]);
  expect(texts.length).toBeGreaterThan(2);
  for (const text of texts) expect(text.length).toBeLessThan(280_000);
  expect(frames.flatMap((frame) => MessagesFrame.parse(frame).messages)).toEqual(messages);
});

test('`sendItems()` sends a message larger than a frame should be by itself', () => {
  const messages = [message(1, 'a'), message(2, 'x'.repeat(1_000_000)), message(3, 'c')];
  const { frames } = send([{ type: 'messages', run: 1, messages }]);
  expect(frames.map((frame) => MessagesFrame.parse(frame).messages.length)).toEqual([1, 1, 1]);
});

test('`sendItems()` joins bytes that follow each other in one stream', () => {
  const { bytes } = send([bytesAt(0, 'ab'), bytesAt(2, 'cd'), bytesAt(4, 'ef')], 9);
  expect(bytes).toEqual([{ kind: 1, handle: 9, position: 0, payload: 'abcdef' }]);
});

test('`sendItems()` joins nothing across streams, holes or other items, and keeps the order', () => {
  const { bytes, order } = send(
    [
      bytesAt(0, 'a'),
      bytesAt(1, 'b', 'stderr'),
      bytesAt(5, 'c', 'stderr'),
      { type: 'gap', from: 6, to: 8 },
      bytesAt(8, 'd', 'stderr'),
    ],
    1,
  );
  expect(bytes.map(({ kind, position, payload }) => [kind, position, payload])).toEqual([
    [1, 0, 'a'],
    [2, 1, 'b'],
    [2, 5, 'c'],
    [2, 8, 'd'],
  ]);
  expect(order).toEqual(['bytes', 'bytes', 'bytes', 'gap', 'bytes']);
});

test('`sendItems()` joins bytes up to 64 KiB', () => {
  const piece = 'x'.repeat(30_000);
  const { bytes } = send(
    [0, 1, 2, 3].map((at) => bytesAt(at * 30_000, piece)),
    1,
  );
  expect(bytes.map(({ payload }) => payload.length)).toEqual([60_000, 60_000]);
});

test('`sendItems()` leaves bytes out where there is no handle to send them under', () => {
  expect(send([bytesAt(0, 'a')]).bytes).toEqual([]);
});

test('`sendItems()` sends gaps, events and samples as they are', () => {
  const { frames } = send(
    [
      { type: 'gap', from: 1, to: 2 },
      { type: 'event', event: { event: 'started', run: 1, pid: 7, position: 0 } },
      { type: 'stats', stats: { cpu: 1.5, rss: 1, vms: 2, swap: 3, time: 4 } },
    ],
    5,
  );
  expect(GapFrame.parse(frames[0])).toEqual({ type: 'gap', id: 'job', handle: 5, from: 1, to: 2 });
  expect(EventFrame.parse(frames[1])).toMatchObject({ id: 'job', handle: 5, event: 'started', run: 1, pid: 7 });
  expect(StatsFrame.parse(frames[2])).toMatchObject({ id: 'job', handle: 5, cpu: 1.5, time: 4 });
});
