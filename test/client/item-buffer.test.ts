import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ItemBuffer } from '../../src/client/item-buffer.ts';

test('ItemBuffer hands out every item once, in order, whoever is first', async () => {
  const steps = fc.array(fc.constantFrom('push' as const, 'take' as const), { maxLength: 500 });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const buffer = new ItemBuffer<number>({ high: 50, low: 10 }, () => undefined);
      const taken: Promise<IteratorResult<number, undefined>>[] = [];
      let pushed = 0;
      for (const step of all) {
        if (step === 'take') taken.push(buffer.take());
        else buffer.push(pushed++, 1);
      }
      buffer.finish();
      const values = (await Promise.all(taken)).map(({ value }) => value).filter((value) => value !== undefined);
      for (let next = await buffer.take(); next.done !== true; next = await buffer.take()) values.push(next.value);
      expect(values).toEqual(Array.from({ length: pushed }, (_, at) => at));
      expect(buffer.size).toBe(0);
    }),
  );
});

test('ItemBuffer is full at its high mark and tells once when it is below its low mark', async () => {
  let drained = 0;
  const buffer = new ItemBuffer<string>({ high: 10, low: 5 }, () => (drained += 1));
  buffer.push('a', 4);
  buffer.push('b', 4);
  expect(buffer.isFull).toBe(false);
  buffer.push('c', 4);
  expect(buffer.isFull).toBe(true);
  await buffer.take();
  expect([buffer.isFull, drained]).toEqual([true, 0]);
  await buffer.take();
  expect([buffer.isFull, drained, buffer.size]).toEqual([false, 1, 4]);
  await buffer.take();
  expect(drained).toBe(1);
});

test('ItemBuffer tells why it failed after what came before, and to all who ask later', async () => {
  const buffer = new ItemBuffer<string>({ high: 10, low: 5 }, () => undefined);
  buffer.push('a', 1);
  buffer.fail(new Error('broken'));
  buffer.finish();
  buffer.push('b', 1);
  expect(await buffer.take()).toEqual({ value: 'a', done: false });
  await expect(buffer.take()).rejects.toThrow('broken');
  await expect(buffer.take()).rejects.toThrow('broken');
});

test('ItemBuffer that is discarded is at its end at once', async () => {
  const buffer = new ItemBuffer<string>({ high: 10, low: 5 }, () => undefined);
  const waiting = buffer.take();
  buffer.discard();
  expect(await waiting).toEqual({ value: undefined, done: true });
  const other = new ItemBuffer<string>({ high: 10, low: 5 }, () => undefined);
  other.push('a', 1);
  other.discard({ reason: new Error('left') });
  await expect(other.take()).rejects.toThrow('left');
  expect(other.size).toBe(0);
});
