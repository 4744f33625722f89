import { describe, expect, test } from 'vitest';
import { answerLines } from '../../src/cli/answer-lines.ts';
import { plainPaint } from '../../src/cli/paint.ts';

const lines = (answer: unknown, width?: number) => answerLines(answer, { width, paint: plainPaint });

describe('answerLines()', () => {
  test.each([
    [null, []],
    [undefined, []],
    [true, ['true']],
    [3, ['3']],
    ['a\nb\u001b[2J', ['a', 'b\ufffd[2J']],
    [[], []],
    [
      ['a', 1],
      ['a', '1'],
    ],
    [{ a: 1, long: { b: [2] }, text: 'x\ny\n' }, ['a     1', 'long  {"b":[2]}', 'text  x', '      y']],
  ])('shows %j as %j', async (answer, shown) => {
    expect(await lines(answer)).toEqual(shown);
  });

  test('shows a list of objects as a table, numbers to the right', async () => {
    expect(
      await lines([
        { pid: 1, name: 'init' },
        { pid: 4711, name: 'tar', job: 'backup' },
      ]),
    ).toEqual([' PID  NAME  JOB', '   1  init', '4711  tar   backup']);
  });

  test('shows an object of objects as a table by key', async () => {
    const settings = { 'jobs.max': { value: 10, from: 'file' }, 'jobs.running': { value: [1], from: 'default' } };
    expect(await lines(settings)).toEqual([
      'KEY           VALUE  FROM',
      'jobs.max      10     file',
      'jobs.running  [1]    default',
    ]);
  });

  test('keeps within a narrow terminal', async () => {
    const rows = [{ id: 'a', text: 'x'.repeat(100), more: 'y'.repeat(100) }];
    for (const line of await lines(rows, 40)) expect(line.length).toBeLessThanOrEqual(40);
  });
});
