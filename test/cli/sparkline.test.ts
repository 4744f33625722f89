import { expect, test } from 'vitest';
import { sparkline } from '../../src/cli/sparkline.ts';

test('values are drawn from nothing to the highest of them', () => {
  expect(sparkline([0, 50, 100], { unicode: true })).toBe('▁▅█');
  expect(sparkline([0, 0], { unicode: true })).toBe('▁▁');
  expect(sparkline([], { unicode: true })).toBe('');
});

test('little is drawn as little', () => {
  expect(sparkline([1, 2], { least: 100, unicode: true })).toBe('▁▁');
});

test('where only ASCII can be shown, it is ASCII', () => {
  expect(sparkline([0, 50, 100], { unicode: false })).toBe('_=#');
});
