import { describe, expect, test } from 'vitest';

import { MemoryBudget, type MemoryHolder } from '../../../src/host/output/memory-budget.ts';

interface Holder extends MemoryHolder {
  readonly asked: string[];
}

function holder(relieve: () => void = () => undefined): Holder {
  const asked: string[] = [];
  return {
    asked,
    relieve: () => {
      asked.push('relieve');
      relieve();
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

  test('asks those who offered, the longest waiting first, only as many as it takes, each once', () => {
    const budget = new MemoryBudget(100);
    const holders = [1, 2, 3].map(() =>
      holder(() => {
        budget.give(40);
      }),
    );
    for (const one of holders) budget.offer(one);
    budget.take(80);
    expect(budget.take(60)).toBe(true);
    expect(holders.map(({ asked }) => asked)).toEqual([['relieve'], [], []]);
    expect(budget.take(80)).toBe(true);
    expect(holders.map(({ asked }) => asked)).toEqual([['relieve'], ['relieve'], ['relieve']]);
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
