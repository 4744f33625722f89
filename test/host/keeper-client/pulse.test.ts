import { describe, expect, test } from 'vitest';

import { Pulse } from '../../../src/host/keeper-client/pulse.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

function stage(): { clock: FakeClock; pulse: Pulse; said: string[] } {
  const clock = new FakeClock();
  const said: string[] = [];
  const pulse = new Pulse({
    clock,
    patienceMs: 5_000,
    onAsk: () => said.push('ask'),
    onSilent: () => said.push('silent'),
    onAlive: () => said.push('alive'),
  });
  return { clock, pulse, said };
}

describe('Pulse', () => {
  test('asks one that says nothing, and calls it silent when it has not answered in time', async () => {
    const { clock, said } = stage();
    await clock.advance(2_500);
    expect(said).toEqual(['ask']);
    await clock.advance(4_999);
    expect(said).toEqual(['ask']);
    await clock.advance(1);
    expect(said).toEqual(['ask', 'silent']);
    await clock.advance(60_000);
    expect(said).toEqual(['ask', 'silent']);
  });

  test('does not ask one that speaks', async () => {
    const { clock, pulse, said } = stage();
    for (let second = 0; second < 60; second += 1) {
      await clock.advance(1_000);
      pulse.beat();
    }
    expect(said).toEqual([]);
  });

  test('tells when there is life again, and goes on looking', async () => {
    const { clock, pulse, said } = stage();
    await clock.advance(10_000);
    pulse.beat();
    await clock.advance(10_000);
    expect(said).toEqual(['ask', 'silent', 'alive', 'ask', 'silent']);
  });

  test('is quiet once it is disposed', async () => {
    const { clock, pulse, said } = stage();
    pulse[Symbol.dispose]();
    await clock.advance(60_000);
    expect([said, clock.waiting]).toEqual([[], 0]);
  });
});
