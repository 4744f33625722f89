import { expect, test } from 'vitest';
import type { EntryState } from '../../src/startup/entry-state.ts';
import { buildGraph } from '../../src/startup/graph.ts';
import { isStageTried } from '../../src/startup/stage-progress.ts';

const graph = buildGraph([
  { id: 'a', after: ['init'] },
  { id: 'b', after: ['a'] },
  { id: 'c', after: ['b'] },
  { id: 'net-1', after: ['net'] },
]);

const isTried = (a: EntryState, b: EntryState, c: EntryState, tried: readonly string[] = []): boolean => {
  const states = { a, b, c, 'net-1': 'waiting' as const };
  const lives = Object.entries(states).map(
    ([id, state]) => [id, { isTried: tried.includes(id), standing: { state } }] as const,
  );
  return isStageTried('init', graph, new Map(lives), (milestone) => milestone === 'init');
};

test.each<[boolean, EntryState, EntryState, EntryState, string[]]>([
  [false, 'starting', 'waiting', 'waiting', []],
  [false, 'running', 'starting', 'waiting', ['a']],
  [false, 'running', 'running', 'waiting', ['a', 'b']],
  [true, 'running', 'running', 'done', ['a', 'b', 'c']],
  [true, 'failed', 'blocked', 'blocked', ['a']],
  [true, 'skipped', 'blocked', 'blocked', []],
  // It fails again and again, or takes too long: those behind it may wait for ever.
  [true, 'restarting', 'waiting', 'waiting', ['a']],
  [true, 'starting', 'waiting', 'waiting', ['a']],
  [false, 'starting', 'waiting', 'waiting', []],
])('isStageTried() is %s when a is %s, b %s and c %s, of which were tried %j', (expected, a, b, c, tried) => {
  expect(isTried(a, b, c, tried)).toBe(expected);
});
