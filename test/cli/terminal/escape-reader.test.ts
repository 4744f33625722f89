import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { EscapeReader } from '../../../src/cli/terminal/escape-reader.ts';

function read(...chunks: (string | Buffer)[]): string[] {
  const reader = new EscapeReader();
  return chunks.flatMap((chunk) =>
    [...reader.read(Buffer.from(chunk as string))].map((piece) =>
      piece.type === 'text' ? piece.bytes.toString() : `<${piece.text}>`,
    ),
  );
}

describe('EscapeReader', () => {
  test.each([
    ['plain', ['plain']],
    ['a\u001B[1;31mb', ['a', '<[1;31m>', 'b']],
    ['\u001B[?1049h\u001B=\u001B(0', ['<[?1049h>', '<=>', '<(0>']],
    ['\u001B[2 qx', ['<[2 q>', 'x']],
    ['\u001B]0;title\u0007x', ['<]0;title\u0007>', 'x']],
    ['\u001BP$qm\u001B\\x', ['<P$qm\u001B\\>', 'x']],
    ['\u001B]0;cut off\u001B[mx', ['<]0;cut off>', '<[m>', 'x']],
    ['\u001B[1\nx', ['<[1>', '\nx']],
    ['\u001B\u001B[m', ['<>', '<[m>']],
  ])('tells the pieces of %j apart', (text, pieces) => {
    expect(read(text)).toEqual(pieces);
  });

  test('finds the same sequences in any split', () => {
    const text = 'a\u001B[1;31mb\u001B]0;title\u001B\\c\u001BP1q\u0007\u001B(0d\u001B[?25l';
    const sequences = (pieces: string[]): string[] => pieces.filter((piece) => piece.startsWith('<'));
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 6 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const chunks = at.slice(1).map((end, index) => text.slice(at[index], end));
        expect(sequences(read(...chunks))).toEqual(sequences(read(text)));
      }),
    );
  });

  test('lets a picture go by without keeping it', () => {
    const reader = new EscapeReader();
    const take = (text: string): string[] =>
      [...reader.read(Buffer.from(text))].map((piece) => (piece.type === 'text' ? piece.bytes.toString() : piece.text));
    expect(take(`\u001BPq${'x'.repeat(100_000)}`)).toEqual([]);
    expect(take('x'.repeat(100_000))).toEqual([]);
    expect(reader.unfinished.length).toBe(0);
    expect(take('x\u001B')).toEqual([]);
    expect(take('\\after\u001B[m')).toEqual(['after', '[m']);
  });
});
