import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { FramePainter } from '../../../src/cli/terminal/frame-painter.ts';
import { screenAfter } from '../terminal-screen.ts';

describe('FramePainter', () => {
  test('writes only lines that have changed, and nothing when none has', () => {
    const painter = new FramePainter();
    painter.paint(['one', 'two', 'three']);
    expect(painter.paint(['one', 'zwei', 'three'])).toBe('\u001B[?2026h\u001B[2;1H\u001B[2Kzwei\u001B[m\u001B[?2026l');
    expect(painter.paint(['one', 'zwei', 'three'])).toBe('');
  });

  test('leaves on the screen what the last frame says, whatever was there', () => {
    const frame = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 10 }), { maxLength: 5 });
    fc.assert(
      fc.property(fc.array(fc.tuple(frame, fc.boolean()), { minLength: 1 }), (frames) => {
        const painter = new FramePainter();
        let written = '';
        for (const [lines, isForgotten] of frames) {
          if (isForgotten) painter.forget();
          written += painter.paint(lines);
        }
        const last = frames.at(-1)?.[0] ?? [];
        const expected = Array.from({ length: 5 }, (_, row) => (last[row] ?? '').trimEnd());
        expect(screenAfter(written, 10, 5)).toEqual(expected);
      }),
    );
  });
});
