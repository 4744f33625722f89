import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteQueue } from '../../src/server/byte-queue.ts';
import { memoryInUse } from '../harness/memory-in-use.ts';

test('a byte queue gives back what was put in, in any portions', () => {
  const step = fc.oneof(
    fc.record({ push: fc.uint8Array({ maxLength: 200_000 }) }),
    fc.record({ drop: fc.nat({ max: 100_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const queue = new ByteQueue();
      let expected: Buffer = Buffer.alloc(0);
      for (const one of steps) {
        if ('push' in one) {
          queue.push(one.push);
          expected = Buffer.concat([expected, one.push]);
        } else {
          queue.drop(one.drop);
          expected = expected.subarray(Math.min(one.drop, expected.length));
        }
        expect(queue.length).toBe(expected.length);
        const first = queue.peek();
        expect(Buffer.from(first).equals(expected.subarray(0, first.length))).toBe(true);
        expect(first.length > 0).toBe(expected.length > 0);
      }
    }),
    { numRuns: 60 },
  );
});

test('a byte queue keeps copies, and single bytes cost little more than themselves', () => {
  const queue = new ByteQueue();
  const byte = Buffer.from('a');
  const before = memoryInUse();
  for (let count = 0; count < 1024 * 1024; count += 1) queue.push(byte);
  byte[0] = 0;
  expect(queue.peek()[0]).toBe('a'.charCodeAt(0));
  expect(memoryInUse() - before).toBeLessThan(32 * 1024 * 1024);
  queue.clear();
  expect([queue.length, queue.peek().length]).toEqual([0, 0]);
});
