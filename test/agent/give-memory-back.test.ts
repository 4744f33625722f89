import { expect, test } from 'vitest';
import { giveMemoryBack } from '../../src/agent/give-memory-back.ts';
import type { HandledJob, Handler } from '../../src/engine/handlers.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

test('memory is given back when jobs have begun or ended and it is quiet again', async () => {
  const clock = new FakeClock();
  const handlers: Handler[] = [];
  const given: number[] = [];
  const giving = giveMemoryBack(
    {
      addHandler: (handler) => {
        handlers.push(handler);
        return { [Symbol.dispose]: () => void handlers.pop() };
      },
    },
    clock,
    () => Promise.resolve(given.push(clock.monotonic())),
  );
  await clock.advance(10_000);
  expect(given).toHaveLength(0);
  handlers[0]?.started?.({} as HandledJob);
  await clock.advance(2_000);
  expect(given).toHaveLength(1);
  void handlers[0]?.result?.({} as HandledJob, {} as JobResult);
  await clock.advance(2_000);
  expect(given).toHaveLength(2);
  giving[Symbol.dispose]();
  expect(handlers).toEqual([]);
  expect(clock.waiting).toBe(0);
});
