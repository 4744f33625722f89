import { describe, expect, test } from 'vitest';

import { Life } from '../../../src/host/keeper/life.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

function stage(): { clock: FakeClock; life: Life; facts: { isOwned: boolean; runs: number }; ends: string[] } {
  const clock = new FakeClock();
  const facts = { isOwned: false, runs: 0 };
  const ends: string[] = [];
  const life = new Life({ clock, idleMs: 10_000, facts: () => facts, onEnd: (why) => ends.push(why) });
  return { clock, life, facts, ends };
}

describe('Life', () => {
  test('ends a keeper with nothing to keep that no agent has come to for its time', async () => {
    const { clock, life, ends } = stage();
    life.look();
    await clock.advance(9_999);
    expect(ends).toEqual([]);
    await clock.advance(1);
    expect(ends).toEqual(['There is nothing to keep and no agent']);
  });

  test.each([{ isOwned: true }, { runs: 1 }])('goes on with %o', async (fact) => {
    const { clock, life, facts, ends } = stage();
    life.look();
    await clock.advance(5_000);
    Object.assign(facts, fact);
    life.look();
    await clock.advance(100_000);
    expect(ends).toEqual([]);
    Object.assign(facts, { isOwned: false, runs: 0 });
    life.look();
    await clock.advance(10_000);
    expect(ends).toHaveLength(1);
  });

  test('counts the time from the last that left, not from each look', async () => {
    const { clock, life, ends } = stage();
    life.look();
    await clock.advance(6_000);
    life.look();
    await clock.advance(4_000);
    expect(ends).toHaveLength(1);
  });

  test('ends once, whatever the reasons', async () => {
    const { clock, life, ends } = stage();
    life.look();
    life.end('one');
    life.end('two');
    await clock.advance(20_000);
    expect(ends).toEqual(['one']);
  });
});
