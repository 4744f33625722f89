import { expect, test } from 'vitest';
import { nextTurn } from '../../src/base/next-turn.ts';

test('nextTurn() lets one of those who wait go on per turn of the loop, in order', async () => {
  const order: string[] = [];
  let turn = 0;
  const count = (): void => {
    turn += 1;
    if (turn < 20) setImmediate(count);
  };
  setImmediate(count);
  const wait = async (name: string): Promise<void> => {
    await nextTurn();
    order.push(`${name} ${turn}`);
  };
  await Promise.all([wait('a'), wait('b'), wait('c')]);
  const turns = order.map((entry) => Number(entry.split(' ')[1]));
  expect(order.map((entry) => entry[0])).toEqual(['a', 'b', 'c']);
  expect(new Set(turns).size).toBe(3);
});
