import { describe, expect, test } from 'vitest';

import type { JobHandle } from '../../../src/client/job-handle.ts';
import { screenTail } from '../../../src/cli/terminal/screen-tail.ts';

/** What is shown of a terminal's past. */
async function tail(past: string, rows: number): Promise<string> {
  const bytes = Buffer.from(past);
  const output = ({ from = 0 } = {}) =>
    (async function* () {
      for (let at = from; at < bytes.length; at += 100_000) {
        yield { type: 'bytes', stream: 'pty', position: at, bytes: bytes.subarray(at, at + 100_000) };
      }
    })();
  const job = { output } as unknown as Pick<JobHandle, 'output'>;
  return (await screenTail(job, bytes.length, { rows })).bytes.toString();
}

const lines = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index}\r\n`).join('');

describe('screenTail()', () => {
  test('gives the last lines, the open one included', async () => {
    expect(await tail(`${lines(50)}$ `, 3)).toBe('line 48\r\nline 49\r\n$ ');
    expect(await tail('$ ', 3)).toBe('$ ');
    expect(await tail('', 3)).toBe('');
    expect(await tail('a\nb', 0)).toBe('');
  });

  test('gives of a program that fills the screen what came since it cleared it', async () => {
    expect(await tail(`${lines(5)}\u001B[?1049h\u001B[2Jold\u001B[2Jnew`, 24)).toBe('\u001B[?1049h\u001B[2Jnew');
  });

  test('knows what the terminal was made like long before', async () => {
    const past = `\u001B[?1049h\u001B[?25l${'x'.repeat(3_000_000)}\u001B[?1h\u001B[Hlast`;
    expect(await tail(past, 24)).toBe('\u001B[?1049h\u001B[?25l\u001B[?1h\u001B[Hlast');
  });

  test('begins in the middle of nothing when lines are too long', async () => {
    expect(await tail(`${'x'.repeat(500_000)}\u001B[31mred`, 2)).toBe('\u001B[31mred');
  });
});
