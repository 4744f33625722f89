import { describe, expect, test } from 'vitest';

import { colourPaint, plainPaint } from '../../../src/cli/paint.ts';
import { Pen } from '../../../src/cli/terminal/pen.ts';
import { ListView } from '../../../src/cli/top/list-view.ts';
import type { JobPage, JobRow } from '../../../src/protocol/job-info.ts';

const pen = await Pen.create({}, plainPaint);
const size = { columns: 80, rows: 7 };
const now = 100_000;

const row = (id: string, more: Partial<JobRow> = {}): JobRow => ({
  id,
  command: 'core.system',
  state: 'running',
  priority: 0,
  tags: [],
  runs: 1,
  accepted: 0,
  started: 90_000,
  output: 8,
  ...more,
});

/** Answers a view as an agent with these jobs would. */
function answer(view: ListView, ids: readonly string[]): boolean {
  const { offset, limit = 0 } = view.query(size);
  const page: JobPage = {
    live: ids.length,
    total: ids.length,
    by_state: { running: ids.length },
    jobs: ids.slice(offset, offset + limit).map((id) => row(id)),
  };
  return view.take(page, offset);
}

const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `job-${at + 1}`);
const lines = (view: ListView): string[] =>
  view.lines(size, pen, { title: 'corex top', now }).map((line) => line.trimEnd());
const seen = (view: ListView): (string | undefined)[] =>
  lines(view)
    .slice(2)
    .map((line) => line.split(' ')[0]);

describe('ListView', () => {
  test('draws a title, a heading and the jobs', () => {
    const view = new ListView();
    const { offset } = view.query(size);
    const jobs = [
      row('web', { cpu: 12.34, rss: 3 * 1024 * 1024, said: 'request 7' }),
      row('a-very-long-name-of-a-job', { state: 'queued', runs: 0, queue: 'disk', tags: ['x'] }),
    ];
    view.take({ live: 5, total: 2, by_state: { running: 1, queued: 1 }, jobs }, offset);
    expect(lines(view)).toEqual([
      `corex top${' '.repeat(39)}2 of 5 live: 1 running, 1 queued`,
      'ID             STATE       CPU%      MEM    TIME  RUNS QUEUE    LAST MESSAGE',
      '>eb            running     12.3  3.0 MiB    10 s     1          request 7',
      'a-very-long-n… queued                                0 disk',
      '',
      '',
    ]);
  });

  test('marks the chosen job by a bar where there are colours', async () => {
    const coloured = await Pen.create({}, colourPaint);
    const view = new ListView();
    answer(view, ['web']);
    const [, , chosen = ''] = view.lines(size, coloured, { title: '', now });
    expect(chosen.startsWith('\u001B[7mweb ')).toBe(true);
    expect(chosen.endsWith('\u001B[27m')).toBe(true);
  });

  test('asks only for what is seen, and for more as the cursor moves on', () => {
    const view = new ListView();
    expect(answer(view, names(10))).toBe(false);
    expect(view.query(size)).toMatchObject({ offset: 0, limit: 4 });
    for (let times = 0; times < 4; times += 1) view.onKey('down');
    expect(view.query(size)).toMatchObject({ offset: 1, limit: 4 });
    answer(view, names(10));
    expect(view.chosen?.id).toBe('job-5');
    expect(seen(view)).toEqual(['job-2', 'job-3', 'job-4', '>ob-5']);
    view.onKey('end');
    answer(view, names(10));
    expect(view.chosen?.id).toBe('job-10');
    view.onKey('home');
    answer(view, names(10));
    expect(view.chosen?.id).toBe('job-1');
    expect(view.place).toBe('1-4 of 10');
  });

  test('has no job chosen while it waits for a part it has not seen', () => {
    const view = new ListView();
    answer(view, names(10));
    view.onKey('page-down');
    expect(view.chosen).toBeUndefined();
    answer(view, names(10));
    expect(view.chosen?.id).toBe('job-5');
  });

  test('keeps the chosen job when others come and go', () => {
    const view = new ListView();
    answer(view, ['a', 'b', 'c']);
    view.onKey('down');
    answer(view, ['x', 'a', 'b', 'c']);
    expect(view.chosen?.id).toBe('b');
    answer(view, ['x', 'a', 'c']);
    expect(view.chosen?.id).toBe('c');
    expect(answer(view, [])).toBe(false);
    expect(view.chosen).toBeUndefined();
    expect(lines(view)[2]).toBe('No job is live.');
  });

  test('asks again at once when fewer are left than it has scrolled past', () => {
    const view = new ListView();
    answer(view, names(10));
    view.onKey('end');
    answer(view, names(10));
    expect(answer(view, names(5))).toBe(true);
    expect(answer(view, names(5))).toBe(false);
    expect(seen(view)).toEqual(['job-2', 'job-3', 'job-4', '>ob-5']);
  });

  test('sorts by keys, the greatest first where that is wanted, and turns round', () => {
    const view = new ListView();
    const order = (): unknown => {
      const { sort, descending } = view.query(size);
      return [sort, descending];
    };
    const press = (key: string): unknown => {
      expect(view.onKey(key)).toBe(true);
      return order();
    };
    expect(order()).toEqual(['accepted', false]);
    expect(press('C')).toEqual(['cpu', true]);
    expect(press('C')).toEqual(['cpu', false]);
    expect(press('r')).toEqual(['cpu', true]);
    expect(press('>')).toEqual(['rss', true]);
    expect(press('<')).toEqual(['cpu', true]);
    expect(press('I')).toEqual(['id', false]);
    expect(view.onKey('x')).toBe(false);
  });

  test('filters, and says why it can not', () => {
    const view = new ListView();
    answer(view, names(10));
    view.onKey('end');
    expect(view.setFilter(' tag:web x ')).toBeUndefined();
    expect(view.query(size)).toMatchObject({ match: 'x', tags: ['web'], offset: 0 });
    expect(view.place).toContain('filter: tag:web x');
    expect(view.setFilter('state:none')).toMatch(/^Unknown state "none"/);
    expect(view.query(size)).toMatchObject({ match: 'x' });
  });
});
