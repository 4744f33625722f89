import fc from 'fast-check';
import { expect, test } from 'vitest';

import { readSlice, sliceParts } from '../../../src/host/keeper/slice-codec.ts';
import type { OutputItem } from '../../../src/protocol/output.ts';

const piece = fc.oneof(
  fc.record({ type: fc.constant('run' as const), run: fc.integer({ min: 1, max: 99 }) }),
  fc.record({ type: fc.constant('gap' as const), length: fc.integer({ min: 1, max: 1_000_000 }) }),
  fc.record({
    type: fc.constant('bytes' as const),
    stream: fc.constantFrom('stdout' as const, 'stderr' as const, 'pty' as const),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 50 }),
  }),
);

test('a slice comes out as it went in', () => {
  fc.assert(
    fc.property(fc.array(piece), fc.nat(), fc.boolean(), (pieces, start, ended) => {
      let position = start;
      const items = pieces.map((part): OutputItem => {
        const from = position;
        if (part.type === 'run') return { ...part, position, epoch: 12_345 };
        position += part.type === 'gap' ? part.length : part.bytes.length;
        if (part.type === 'gap') return { type: 'gap', from, to: position };
        return { ...part, bytes: Buffer.from(part.bytes), position: from, epoch: 1_700_000_000_000 };
      });
      const bytes = Buffer.concat(sliceParts(items));
      expect(readSlice({ next: position, ended }, bytes)).toEqual({ items, next: position, ended });
    }),
  );
});

test('large bytes are not copied', () => {
  const bytes = Buffer.alloc(100_000);
  const parts = sliceParts([{ type: 'bytes', stream: 'stdout', position: 0, epoch: 1, bytes }]);
  expect(parts).toContain(bytes);
});
