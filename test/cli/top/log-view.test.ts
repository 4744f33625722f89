import { describe, expect, test } from 'vitest';

import { plainPaint } from '../../../src/cli/paint.ts';
import { Pen } from '../../../src/cli/terminal/pen.ts';
import { LogView } from '../../../src/cli/top/log-view.ts';

const pen = await Pen.create({}, plainPaint);
const size = { columns: 30, rows: 5 };

function viewOf(count: number): LogView {
  const view = new LogView('web');
  view.take(Array.from({ length: count }, (_, at) => ({ text: `line ${at + 1}.` })));
  return view;
}

const shown = (view: LogView): string[] => view.lines(size, pen).map((line) => line.trimEnd());
const press = (view: LogView, ...keys: string[]): void => {
  for (const key of keys) {
    view.lines(size, pen);
    expect(view.onKey(key)).toBe(true);
  }
};

describe('LogView', () => {
  test('follows the newest line until somebody scrolls up, and again at the end', () => {
    const view = viewOf(10);
    expect(shown(view)).toEqual(['Log of … 8-10 of 10, following', 'line 8.', 'line 9.', 'line 10.']);
    press(view, 'up');
    view.take([{ text: 'line 11.' }]);
    expect(shown(view).slice(1)).toEqual(['line 7.', 'line 8.', 'line 9.']);
    press(view, 'home');
    expect(shown(view).slice(1)).toEqual(['line 1.', 'line 2.', 'line 3.']);
    press(view, 'end');
    view.take([{ text: 'line 12.' }]);
    expect(shown(view).at(-1)).toBe('line 12.');
  });

  test('finds a text upwards first, and the next ones', () => {
    const view = viewOf(30);
    press(view, 'page-up', 'page-up', 'page-up');
    expect(view.search('LINE 7.')).toBe(true);
    expect(shown(view)[1]).toBe('line 7.');
    expect(view.search('line 2')).toBe(true);
    expect(shown(view)[1]).toBe('line 2.');
    press(view, 'n');
    expect(shown(view)[1]).toBe('line 20.');
    expect(view.search('nowhere')).toBe(false);
  });

  test('keeps the newest ten thousand lines and counts the others', () => {
    const view = viewOf(20_000);
    expect(shown(view)[0]).toContain('of 20000');
    press(view, 'home');
    expect(shown(view)[1]).toBe('line 10001.');
  });

  test('shows times and what stands aside', () => {
    const view = new LogView('web');
    view.take([{ text: 'a'.repeat(20) + 'b'.repeat(20), epoch: new Date(2026, 0, 1, 1, 2, 3, 4).getTime() }]);
    press(view, 't');
    expect(shown(view)[1]).toBe(`01:02:03.004 ${'a'.repeat(16)}…`);
    press(view, 't', 'right');
    expect(shown(view)[1]).toBe(`aaaa${'b'.repeat(20)}`);
  });
});
