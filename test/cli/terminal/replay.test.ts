import { describe, expect, test } from 'vitest';

import type { OutputItem } from '../../../src/client/job-items.ts';
import { replay, showPast } from '../../../src/cli/terminal/replay.ts';

describe('replay()', () => {
  test.each([
    '\u001B[6n',
    '\u001B[?6n',
    '\u001B[5n',
    '\u001B[c',
    '\u001B[>c',
    '\u001B[>0q',
    '\u001B[?2026$p',
    '\u001B[?u',
    '\u001B[18t',
    '\u001B]10;?\u0007',
    '\u001B]4;1;?\u001B\\',
    '\u001BP+q544e\u001B\\',
    '\u001BZ',
    '\u0005',
  ])('leaves out %j, to which a terminal answers', (question) => {
    expect(replay(Buffer.from(`before${question}after`)).toString()).toBe('beforeafter');
  });

  test('keeps everything else, byte by byte, and the beginning of what is not complete', () => {
    const bytes = Buffer.from(
      '\u001B[1;31mü\u0000\xff\u001B]0;title\u0007\u001B[8;24;80t\u001B[?25l\u001B[3',
      'latin1',
    );
    expect(replay(bytes).equals(bytes)).toBe(true);
  });
});

describe('showPast()', () => {
  test('asks nothing, and puts back what a terminal was made like', async () => {
    async function* items(): AsyncGenerator<OutputItem> {
      yield { type: 'bytes', stream: 'pty', position: 0, bytes: Buffer.from('\u001B[?25la\u001B[6n') };
      yield { type: 'gap', from: 9, to: 10 };
      yield { type: 'bytes', stream: 'stdout', position: 10, bytes: Buffer.from('\u001B[6n') };
    }
    const shown = await Array.fromAsync(showPast(items()));
    expect(shown.map((item) => (item.type === 'bytes' ? item.bytes.toString() : item.type))).toEqual([
      '\u001B[?25la',
      'gap',
      '\u001B[6n',
      '\u001B[?25h',
    ]);
  });
});
