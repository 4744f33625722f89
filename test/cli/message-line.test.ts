import { describe, expect, test } from 'vitest';

import { messageLine, timeOfDay, writeJsonMessages } from '../../src/cli/message-line.ts';
import { plainPaint } from '../../src/cli/paint.ts';
import type { JobMessage, MessageItem } from '../../src/client/job-items.ts';
import { fakeCli } from './fake-cli.ts';

const epoch = new Date(2026, 0, 2, 3, 4, 5, 6).getTime();
const message = (level: number): JobMessage => ({ type: 'message', run: 1, seq: 9, level, text: 'hi', epoch });

describe('messageLine()', () => {
  test.each([
    [1, '03:04:05.006 hi'],
    [2, '03:04:05.006 stderr: hi'],
    [9, '03:04:05.006 critical: hi'],
    [77, '03:04:05.006 level-77: hi'],
  ])('names level %d', (level, line) => {
    expect(messageLine(message(level), { paint: plainPaint })).toBe(line);
  });

  test('tells date and time, or neither, and no level', () => {
    const style = { paint: plainPaint, hasLevel: false };
    expect(messageLine(message(2), { ...style, time: 'date' })).toBe(`${new Date(epoch).toISOString()} hi`);
    expect(messageLine(message(2), { ...style, time: 'none' })).toBe('hi');
  });

  test('repeats what belongs before each line', () => {
    const block = { ...message(7), text: 'one\ntwo' };
    expect(messageLine(block, { paint: plainPaint, time: 'none', prefix: 'web | ' })).toBe(
      'web | warning: one\nweb | warning: two',
    );
  });
});

describe('timeOfDay()', () => {
  test('is where the reader is', () => {
    expect(timeOfDay(epoch)).toBe('03:04:05.006');
  });
});

describe('writeJsonMessages()', () => {
  test('writes messages and gaps, one object a line', async () => {
    const cli = fakeCli();
    async function* items(): AsyncGenerator<{ id?: string; item: MessageItem }> {
      yield { item: { type: 'gap', from: 0, to: 5 } };
      yield { item: { type: 'event', event: { event: 'queued' } } };
      yield { item: message(1) };
      yield { id: 'web', item: { ...message(1), text: 'ho' } };
    }
    await writeJsonMessages(items(), cli.output);
    expect(cli.stdout()).toBe(
      `{"gap":{"from":0,"to":5}}\n{"run":1,"seq":9,"level":1,"text":"hi","epoch":${epoch}}\n` +
        `{"id":"web","run":1,"seq":9,"level":1,"text":"ho","epoch":${epoch}}\n`,
    );
  });
});
