import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { endOfLines, tailPosition, untilPosition } from '../../src/cli/log-range.ts';
import type { OutputItem } from '../../src/client/job-items.ts';

/** A job whose output is cut into these pieces; it never ends, as a live one. */
function job(pieces: readonly string[]) {
  const text = pieces.join('');
  async function* output({ from = 0 }: { from?: number | 'start' | 'now' } = {}): AsyncGenerator<OutputItem> {
    let position = 0;
    for (const piece of pieces) {
      const bytes = Buffer.from(piece, 'latin1');
      const start = typeof from === 'number' ? Math.max(from, position) : position;
      if (start < position + bytes.length) {
        yield { type: 'bytes', stream: 'stdout', position: start, bytes: bytes.subarray(start - position) };
      }
      position += bytes.length;
    }
    await new Promise(() => undefined);
  }
  return { text, end: text.length, items: () => output(), source: { output: output as never } };
}

async function textOf(items: AsyncIterable<OutputItem>): Promise<string> {
  let text = '';
  for await (const item of items) if (item.type === 'bytes') text += Buffer.from(item.bytes).toString('latin1');
  return text;
}

describe('untilPosition()', () => {
  test('ends with the position, in the middle of a piece, too', async () => {
    const { items } = job(['abc', 'defg']);
    expect(await textOf(untilPosition(items(), 5))).toBe('abcde');
  });

  test('gives nothing of nothing', async () => {
    expect(await textOf(untilPosition(job([]).items(), 0))).toBe('');
  });
});

describe('tailPosition()', () => {
  test('finds what `tail` finds, however the output was cut', async () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), fc.nat({ max: 6 }), async (pieces, lines) => {
        const { text, end, source } = job(pieces);
        const at = await tailPosition(source, end, lines);
        expect(text.slice(at)).toBe(tail(text, lines));
      }),
    );
  });

  test('grows its window for long lines', async () => {
    const { text, end, source } = job(['first\n', 'x'.repeat(300_000), '\n', 'y'.repeat(70_000)]);
    expect(text.slice(await tailPosition(source, end, 2))).toBe(`${'x'.repeat(300_000)}\n${'y'.repeat(70_000)}`);
  });
});

describe('endOfLines()', () => {
  test('is the place after the last newline', async () => {
    const { items, end } = job(['ab\ncd', 'ef\ng']);
    expect(await endOfLines(untilPosition(items(), end))).toBe(8);
  });
});

/** The last lines of a text; one that is not ended counts. */
function tail(text: string, count: number): string {
  if (count === 0) return '';
  const lines = text.split(/(?<=\n)/);
  return lines.slice(-count).join('');
}
