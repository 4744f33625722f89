import { expect, test } from 'vitest';
import { judge } from '../../../src/engine/graph/judge.ts';

const waiting = { hasStarted: false, ended: undefined };
const running = { hasStarted: true, ended: undefined };
const good = { hasStarted: true, ended: 'SUCCESS' } as const;
const bad = { hasStarted: true, ended: 'ERROR' } as const;
const cancelled = { hasStarted: false, ended: 'KILLED' } as const;

test.each([
  ['success', waiting, 'open'],
  ['success', running, 'open'],
  ['success', good, 'holds'],
  ['success', bad, 'never'],
  ['success', cancelled, 'never'],
  ['success', undefined, 'never'],
  ['done', waiting, 'open'],
  ['done', running, 'open'],
  ['done', good, 'holds'],
  ['done', bad, 'holds'],
  ['done', cancelled, 'holds'],
  ['done', undefined, 'holds'],
  ['started', waiting, 'open'],
  ['started', running, 'holds'],
  ['started', good, 'holds'],
  ['started', bad, 'holds'],
  ['started', cancelled, 'never'],
  ['started', undefined, 'never'],
] as const)('judge() of "%s" for %j: %s', (condition, facts, verdict) => {
  expect(judge(condition, facts)).toBe(verdict);
});
