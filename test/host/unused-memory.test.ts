import { expect, test } from 'vitest';
import { fewArenas, giveBackUnusedMemory } from '../../src/host/unused-memory.ts';

const isGlibc =
  process.platform === 'linux' && 'glibcVersionRuntime' in (process.report.getReport() as { header: object }).header;

test.runIf(isGlibc)('gives memory back where the C library can, as often as it is asked', async () => {
  expect(await giveBackUnusedMemory()).toBe(true);
  expect(await Promise.all([giveBackUnusedMemory(), giveBackUnusedMemory()])).toEqual([true, true]);
});

test.runIf(!isGlibc)('says where the C library can not give memory back', async () => {
  expect(await giveBackUnusedMemory()).toBe(false);
});

test('what was set for the C library stays', () => {
  expect(fewArenas({ PATH: '/bin' })).toEqual({ MALLOC_ARENA_MAX: '2' });
  expect(fewArenas({ MALLOC_ARENA_MAX: '7' })).toEqual({ MALLOC_ARENA_MAX: '7' });
});
