import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JobItem } from '../../src/client/job-items.ts';
import { ResumePoint, type SubscriptionFrame } from '../../src/client/resume-point.ts';

const message = (seq: number) => ({ seq, level: 1, text: `at ${seq}`, epoch: 1 });
const started = (run: number) => ({ type: 'event', id: 'a', handle: 1, event: 'started', run, position: 0 }) as const;

test('ResumePoint makes of overlapping reads the bytes of one', () => {
  const output = Buffer.from(Array.from({ length: 200 }, (_, at) => at));
  const breaks = fc.array(fc.record({ size: fc.integer({ min: 1, max: 40 }), back: fc.integer({ min: 0, max: 60 }) }));
  fc.assert(
    fc.property(breaks, (all) => {
      const point = new ResumePoint('bytes');
      point.begin(0);
      const items: JobItem[] = [];
      for (const { size, back } of [...all, { size: output.length, back: 0 }]) {
        const from = Math.max(0, (point.position ?? 0) - back);
        const payload = output.subarray(from, from + size + back);
        items.push(...point.take({ kind: 1, handle: 1, position: from, payload }));
      }
      const bytes = items.map((item) => (item.type === 'bytes' ? item.bytes : new Uint8Array()));
      expect(Buffer.concat(bytes).equals(output)).toBe(true);
      let next = 0;
      for (const item of items) {
        expect(item).toMatchObject({ type: 'bytes', position: next });
        next += item.type === 'bytes' ? item.bytes.length : 0;
      }
    }),
  );
});

test('ResumePoint leaves out messages that were seen, and goes on after the last', () => {
  const point = new ResumePoint('messages');
  point.begin(0);
  const frame = (...seqs: number[]): SubscriptionFrame => ({
    type: 'messages',
    id: 'a',
    run: 1,
    messages: seqs.map(message),
  });
  expect(point.take(frame(3, 7)).map((item) => item.type === 'message' && item.seq)).toEqual([3, 7]);
  expect(point.position).toBe(8);
  expect(point.take(frame(3, 7, 9)).map((item) => item.type === 'message' && item.seq)).toEqual([9]);
  expect(point.take(frame(9))).toEqual([]);
});

test('ResumePoint tells each gap once, and a message that a gap cut off is no repetition', () => {
  const point = new ResumePoint('messages');
  point.begin(0);
  const gap = { type: 'gap', id: 'a', from: 10, to: 50 } as const;
  expect(point.take(gap)).toEqual([{ type: 'gap', from: 10, to: 50 }]);
  expect(point.take({ type: 'messages', id: 'a', run: 1, messages: [message(9)] })).toHaveLength(1);
  expect(point.take(gap)).toEqual([]);
  expect(point.take({ ...gap, to: 60 })).toEqual([{ type: 'gap', from: 50, to: 60 }]);
  const bytes = new ResumePoint('bytes');
  expect(bytes.take(gap)).toEqual([{ type: 'gap', from: 10, to: 50 }]);
  expect(bytes.position).toBe(50);
});

test('ResumePoint leaves out events that come again at its position, and no others', () => {
  const point = new ResumePoint('messages');
  point.begin(0);
  const progress = { type: 'event', id: 'a', handle: 1, event: 'progress', run: 1, done: 1 } as const;
  expect([started(1), progress, progress].flatMap((event) => point.take(event))).toHaveLength(3);
  point.resume();
  expect([started(1), progress, progress, progress, started(2)].flatMap((event) => point.take(event))).toEqual([
    { type: 'event', event: { event: 'progress', run: 1, done: 1 } },
    { type: 'event', event: { event: 'started', run: 2, position: 0 } },
  ]);
  point.take({ type: 'messages', id: 'a', run: 1, messages: [message(5)] });
  point.resume();
  expect(point.take(started(2))).toHaveLength(1);
});

test('ResumePoint does not let a few bytes hold on to a large chunk', () => {
  const chunk = Buffer.alloc(65_536);
  const [item] = new ResumePoint('bytes').take({ kind: 2, handle: 1, position: 0, payload: chunk.subarray(10, 20) });
  expect(item?.type === 'bytes' && item.bytes.buffer.byteLength).toBe(10);
});
