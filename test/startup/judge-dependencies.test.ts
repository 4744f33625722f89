import { describe, expect, test } from 'vitest';
import type { EntryState } from '../../src/startup/entry-state.ts';
import { judgeDependencies } from '../../src/startup/judge-dependencies.ts';

const judge = (states: Readonly<Record<string, EntryState>>) =>
  judgeDependencies(Object.keys(states), (name) => states[name] ?? 'invalid');

describe('judgeDependencies()', () => {
  test('is ready when nothing is waited for', () => {
    expect(judge({})).toEqual({ type: 'ready' });
  });

  test.each<EntryState>(['running', 'done', 'scheduled'])(
    'is ready when all are up, such as one that is %s',
    (state) => {
      expect(judge({ a: state, b: 'running' })).toEqual({ type: 'ready' });
    },
  );

  test.each<EntryState>(['waiting', 'starting', 'restarting'])('waits for one that is %s', (state) => {
    expect(judge({ a: state, b: 'running' })).toEqual({ type: 'waiting', for: ['a'] });
  });

  test.each<EntryState>(['failed', 'skipped', 'invalid', 'blocked', 'stopped', 'stopping'])(
    'is blocked by one that is %s, whoever else is waited for',
    (state) => {
      expect(judge({ a: state, b: 'waiting', c: 'running' })).toEqual({ type: 'blocked', by: ['a'] });
    },
  );
});
