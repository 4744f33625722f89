import { expect, test } from 'vitest';
import { Rest } from '../../src/base/rest.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

function resting() {
  const clock = new FakeClock();
  const at: number[] = [];
  const rest = new Rest({ clock, quietMs: 100, latestMs: 1000, onRest: () => at.push(clock.monotonic()) });
  return { clock, at, rest };
}

test('comes once when nothing happened for some time, and again only after something did', async () => {
  const { clock, at, rest } = resting();
  await clock.advance(500);
  expect(at).toEqual([]);
  rest.stir();
  await clock.advance(1000);
  expect(at).toEqual([600]);
  rest.stir();
  await clock.advance(1000);
  expect(at).toEqual([600, 1600]);
});

test('does not come while things happen', async () => {
  const { clock, at, rest } = resting();
  for (let ms = 0; ms < 500; ms += 50) {
    rest.stir();
    await clock.advance(50);
  }
  expect(at).toEqual([]);
  await clock.advance(200);
  expect(at).toHaveLength(1);
});

test('comes now and then where it never becomes quiet', async () => {
  const { clock, at, rest } = resting();
  for (let ms = 0; ms < 2500; ms += 50) {
    rest.stir();
    await clock.advance(50);
  }
  expect(at).toEqual([1000, 2000]);
});

test('waits for nothing while nothing happens, and never comes once it is disposed of', async () => {
  const { clock, at, rest } = resting();
  expect(clock.waiting).toBe(0);
  rest.stir();
  expect(clock.waiting).toBe(1);
  rest[Symbol.dispose]();
  rest.stir();
  expect(clock.waiting).toBe(0);
  await clock.advance(500);
  expect(at).toEqual([]);
});
