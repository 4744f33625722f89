import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { type Lease, MemoryPool } from '../../../src/base/memory-pool.ts';
import { MemoryTail } from '../../../src/host/output/memory-tail.ts';
import { expectContinuous } from './continuity.ts';
import { contentAt } from './content.ts';

describe('MemoryTail', () => {
  test('joins small pieces of one stream and millisecond', () => {
    const tail = new MemoryTail(0);
    for (const text of ['a', 'bc', 'd']) tail.append('stdout', Buffer.from(text), 5);
    tail.append('stdout', Buffer.from('later'), 6);
    tail.append('stderr', Buffer.from('other'), 6);
    expect(tail.read(0, 100).map((item) => item.type === 'bytes' && Buffer.from(item.bytes).toString())).toEqual([
      'abcd',
      'later',
      'other',
    ]);
  });

  test('does not join to what is being written', () => {
    const tail = new MemoryTail(0);
    tail.append('stdout', Buffer.from('a'), 5);
    const taken = tail.take(100);
    tail.append('stdout', Buffer.from('b'), 5);
    expect(taken).toMatchObject([{ length: 1 }]);
    expect(tail.read(0, 100)).toHaveLength(2);
  });

  test('keeps small pieces apart from the large buffers they came in', () => {
    const tail = new MemoryTail(0);
    const large = Buffer.alloc(1_000_000, 'x');
    tail.append('stdout', large.subarray(0, 10), 1);
    const [item] = tail.read(0, 10);
    expect(item?.type === 'bytes' && item.bytes.buffer.byteLength).toBeLessThan(20_000);
  });

  test('needs the memory of large pieces until they are let go and read', () => {
    const pool = new MemoryPool(10_000, 4);
    const tail = new MemoryTail(0);
    const lease = pool.take();
    tail.append('stdout', lease.bytes.subarray(0, 5_000), 1, lease);
    tail.append('stdout', lease.bytes.subarray(5_000), 1, lease);
    lease.release();
    const read: Lease[] = [];
    tail.read(6_000, 100, read);
    tail.take(5_000);
    tail.confirm();
    tail.evict(0);
    tail.drop(0);
    expect([pool.free, read]).toEqual([0, [lease]]);
    lease.release();
    expect(pool.free).toBe(1);
  });

  test('counts many tiny pieces for what they cost', () => {
    const tail = new MemoryTail(0);
    for (let n = 0; n < 1_000; n += 1) tail.append('stdout', Buffer.from('x'), n);
    expect(tail.cost).toBeGreaterThan(100_000);
  });

  test('gives what is there, once each, whatever is written, dropped and evicted', () => {
    const step = fc.oneof(
      fc.record({ size: fc.integer({ min: 1, max: 9_000 }), epoch: fc.nat(3) }),
      fc.record({ do: fc.constantFrom<'take' | 'evict' | 'drop'>('take', 'evict', 'drop'), size: fc.nat(20_000) }),
      fc.record({ do: fc.constantFrom<'confirm' | 'putBack'>('confirm', 'putBack') }),
      fc.record({
        do: fc.constant<'read'>('read'),
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        size: fc.nat(9_000),
      }),
    );
    fc.assert(
      fc.property(fc.nat(1_000), fc.array(step, { maxLength: 60 }), (start, steps) => {
        const tail = new MemoryTail(start);
        let lost = 0;
        for (const now of steps) {
          if ('epoch' in now) tail.append('stdout', contentAt(tail.end, now.size), now.epoch);
          else if ('at' in now) expectReadable(tail, now.at, now.size + 1);
          else if (now.do === 'take') tail.take(now.size);
          else if (now.do === 'evict') tail.evict(now.size);
          else if (now.do === 'drop') lost += tail.drop(now.size);
          else if (now.do === 'confirm') tail.confirm();
          else tail.putBack();
        }
        const gaps = expectContinuous(tail.read(tail.start, Infinity), tail.start, tail.end);
        expect(gaps).toBeLessThanOrEqual(lost);
        tail.take(Infinity);
        tail.confirm();
        expect(tail.isSafe).toBe(true);
        tail.evict(0);
        expect([tail.cost, tail.safeCost, tail.start]).toEqual([0, 0, tail.end]);
      }),
    );
  });
});

/** Reads from a place between the tail's start (0) and end (1). */
function expectReadable(tail: MemoryTail, place: number, maxBytes: number): void {
  const from = tail.start + Math.floor(place * (tail.end - tail.start));
  const items = tail.read(from, maxBytes);
  if (from < tail.end) expect(items.length).toBeGreaterThan(0);
  expectContinuous(items, from);
}
