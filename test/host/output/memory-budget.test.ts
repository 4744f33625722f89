import { describe, expect, test } from 'vitest';

import { MemoryBudget, type MemoryHolder } from '../../../src/host/output/memory-budget.ts';

interface Holder extends MemoryHolder {
  readonly asked: string[];
}

function holder(relieve: () => number = () => 0): Holder {
  const asked: string[] = [];
  return {
    asked,
    relieve: () => {
      asked.push('relieve');
      return relieve();
    },
    resume: () => asked.push('resume'),
  };
}

describe('MemoryBudget', () => {
  test('asks nobody while there is room', () => {
    const budget = new MemoryBudget(100);
    const one = holder();
    budget.offer(one);
    expect(budget.take(100)).toBe(true);
    expect(one.asked).toEqual([]);
  });

  test('asks those who offered, the first first, until enough is free, each once', () => {
    const budget = new MemoryBudget(800);
    const holders = [1, 2, 3, 4].map(() =>
      holder(() => {
        budget.give(80);
        return 0;
      }),
    );
    for (const one of holders) budget.offer(one);
    budget.take(800);
    expect(budget.take(40)).toBe(true);
    expect(holders.map(({ asked }) => asked.length)).toEqual([1, 1, 0, 0]);
    budget.take(150);
    expect(holders.map(({ asked }) => asked.length)).toEqual([1, 1, 1, 1]);
  });

  test('asks no more of them when what they begin to free is enough', () => {
    const budget = new MemoryBudget(800);
    const holders = [1, 2, 3].map(() => holder(() => 100));
    for (const one of holders) budget.offer(one);
    expect(budget.take(801)).toBe(false);
    expect(holders.map(({ asked }) => asked.length)).toEqual([1, 1, 0]);
  });

  test('asks at once who offers while too much is held', () => {
    const budget = new MemoryBudget(800);
    budget.take(900);
    const one = holder();
    budget.offer(one);
    expect(one.asked).toEqual(['relieve']);
  });

  test('says when nobody could make room', () => {
    const budget = new MemoryBudget(100);
    budget.offer(holder());
    expect(budget.take(101)).toBe(false);
    expect(budget.isOver).toBe(true);
  });

  test('tells those who wait once there is some room, not at the first byte', () => {
    const budget = new MemoryBudget(800);
    const one = holder();
    budget.take(900);
    budget.wait(one);
    budget.give(150);
    expect(one.asked).toEqual([]);
    budget.give(50);
    expect(one.asked).toEqual(['resume']);
    budget.give(100);
    expect(one.asked).toEqual(['resume']);
  });

  test('forgets who leaves', () => {
    const budget = new MemoryBudget(100);
    const one = holder();
    budget.offer(one);
    budget.wait(one);
    budget.leave(one);
    budget.take(200);
    budget.give(200);
    expect(one.asked).toEqual([]);
    expect(budget.used).toBe(0);
  });
});
