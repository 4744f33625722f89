import { describe, expect, test } from 'vitest';

import { MemoryPool } from '../../src/base/memory-pool.ts';

describe('MemoryPool', () => {
  test('take() gives the same memory again once it is released', () => {
    const pool = new MemoryPool(16, 4);
    const first = pool.take();
    const second = pool.take();
    expect(second.bytes).not.toBe(first.bytes);
    first.release();
    expect(pool.take().bytes).toBe(first.bytes);
  });

  test('take() gives memory of its size', () => {
    const pool = new MemoryPool(24, 1);
    expect(pool.take().bytes).toHaveLength(pool.size);
  });

  test('keeps no more free memory than it may', () => {
    const pool = new MemoryPool(16, 2);
    for (const lease of [pool.take(), pool.take(), pool.take()]) lease.release();
    expect(pool.free).toBe(2);
  });
});

describe('Lease', () => {
  test('release() gives the memory back only when the last of its holders did', () => {
    const pool = new MemoryPool(16, 4);
    const lease = pool.take().hold();
    lease.release();
    expect(pool.free).toBe(0);
    lease.release();
    expect(pool.free).toBe(1);
  });
});
