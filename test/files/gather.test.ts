import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { gather } from '../../src/files/gather.ts';

describe('gather()', () => {
  test('gives the same bytes in pieces that are not too large, and none that is empty', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 40 })),
        fc.integer({ min: 1, max: 30 }),
        async (chunks, most) => {
          const pieces: Buffer[] = [];
          for await (const piece of gather(from(chunks), most)) pieces.push(piece);
          expect(Buffer.concat(pieces).equals(Buffer.concat(chunks))).toBe(true);
          expect(pieces.every(({ length }) => length > 0 && length <= most)).toBe(true);
        },
      ),
    );
  });
});

async function* from(chunks: readonly Uint8Array[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk));
}
