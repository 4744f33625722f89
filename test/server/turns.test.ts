import { expect, test } from 'vitest';
import { Turns } from '../../src/server/turns.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('everybody waiting gets one turn, in the order they asked', async () => {
  const turns = new Turns(() => true);
  const order: string[] = [];
  const follow = async (name: string): Promise<void> => {
    for (let round = 0; round < 3; round += 1) {
      await turns.take();
      order.push(name);
    }
  };
  await Promise.all(['a', 'b', 'c'].map(follow));
  expect(order.join('')).toBe('abcabcabc');
});

test('one who takes turn after turn leaves the loop free', async () => {
  const turns = new Turns(() => true);
  let others = 0;
  const other = setInterval(() => (others += 1), 1);
  const until = performance.now() + 100;
  while (performance.now() < until) await turns.take();
  clearInterval(other);
  expect(others).toBeGreaterThan(5);
});

test('nobody gets a turn without room, and all do when it comes back', async () => {
  let hasRoom = false;
  const turns = new Turns(() => hasRoom);
  let taken = 0;
  const waiting = [turns.take(), turns.take()].map((one) => one.then(() => (taken += 1)));
  await turn();
  await turn();
  expect(taken).toBe(0);
  hasRoom = true;
  turns.wake();
  await Promise.all(waiting);
  expect(taken).toBe(2);
});

test('`close()` lets everybody go, then and later', async () => {
  const turns = new Turns(() => false);
  const waiting = turns.take();
  turns.close();
  await waiting;
  await turns.take();
});
