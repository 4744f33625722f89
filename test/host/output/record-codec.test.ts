import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  decodeHead,
  decodeItems,
  decodeRecordHeader,
  decodeRecords,
  encodeHead,
  encodeItems,
  encodeRecordHeader,
  HEAD_BYTES,
  RECORD_HEADER_BYTES,
  type RecordHeader,
} from '../../../src/host/output/record-codec.ts';
import type { OutputItem } from '../../../src/protocol/output.ts';

const epoch = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const stream = fc.constantFrom('stdout', 'stderr', 'pty');
const piece = fc.oneof(
  fc.record({ type: fc.constant('bytes'), stream, epoch, bytes: fc.uint8Array({ minLength: 1, maxLength: 50 }) }),
  fc.record({ type: fc.constant('run'), run: fc.integer({ min: 0, max: 2 ** 32 - 1 }), epoch }),
  fc.record({ type: fc.constant('gap'), length: fc.integer({ min: 1, max: 2 ** 40 }) }),
);

/** Items one after the other, from a start. */
const items = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 50 }), fc.array(piece, { maxLength: 20 }))
  .map(([start, pieces]) => {
    let position = start;
    return pieces.map((part): OutputItem => {
      const from = position;
      if (part.type === 'run') return { ...part, position };
      position += part.type === 'gap' ? part.length : part.bytes.length;
      return part.type === 'gap' ? { type: 'gap', from, to: position } : { ...part, position: from };
    });
  });

function plain(list: readonly OutputItem[]): unknown[] {
  return list.map((item) => (item.type === 'bytes' ? { ...item, bytes: [...item.bytes] } : item));
}

describe('encodeItems() and decodeItems()', () => {
  test('give back what went in', () => {
    fc.assert(
      fc.property(items, (list) => {
        expect(plain(decodeItems(encodeItems(list)))).toEqual(plain(list));
      }),
    );
  });

  test('give back a beginning of what went in when the end is torn off anywhere', () => {
    fc.assert(
      fc.property(items, fc.nat({ max: 2_000 }), (list, cut) => {
        const blob = encodeItems(list);
        const torn = decodeItems(blob.subarray(0, Math.max(0, blob.length - cut)));
        const whole = plain(list);
        for (const [index, item] of plain(torn).entries()) {
          if (index < torn.length - 1) expect(item).toEqual(whole[index]);
        }
        const last = torn.at(-1);
        const original = list[torn.length - 1];
        if (last?.type === 'bytes' && original?.type === 'bytes') {
          expect([...last.bytes]).toEqual([...original.bytes.subarray(0, last.bytes.length)]);
        } else {
          expect(last).toEqual(original);
        }
      }),
    );
  });

  test('make a gap of what is missing between two items', () => {
    const bytes = Buffer.from('abc');
    const list: OutputItem[] = [
      { type: 'bytes', stream: 'stdout', position: 10, epoch: 1, bytes },
      { type: 'bytes', stream: 'stdout', position: 20, epoch: 2, bytes },
    ];
    expect(decodeItems(encodeItems(list))).toMatchObject([{ position: 10 }, { from: 13, to: 20 }, { position: 20 }]);
  });

  test('give nothing for bytes of another make or version', () => {
    expect(decodeItems(new Uint8Array())).toEqual([]);
    expect(decodeItems(Buffer.from('something else entirely'))).toEqual([]);
    const blob = Buffer.from(encodeItems([{ type: 'run', run: 1, position: 0, epoch: 0 }]));
    blob.write('2', 6);
    expect(decodeItems(blob)).toEqual([]);
  });
});

describe('decodeHead()', () => {
  test('gives the start position', () => {
    expect(decodeHead(encodeHead(2 ** 52 + 1))).toBe(2 ** 52 + 1);
  });
});

describe('decodeRecordHeader()', () => {
  const header: RecordHeader = { type: 'bytes', stream: 'stderr', epoch: 1_700_000_000_123, length: 77 };

  test('gives what encodeRecordHeader() was given', () => {
    const bytes = Buffer.alloc(RECORD_HEADER_BYTES + 3);
    encodeRecordHeader(bytes, 3, header);
    expect(decodeRecordHeader(bytes, 3)).toEqual(header);
  });

  test('notices any single damaged bit', () => {
    const bytes = Buffer.alloc(RECORD_HEADER_BYTES);
    encodeRecordHeader(bytes, 0, header);
    for (let bit = 0; bit < RECORD_HEADER_BYTES * 8; bit += 1) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeRecordHeader(damaged, 0)).toBeUndefined();
    }
  });

  test('finds no header in zeros, which a crashed file system may leave', () => {
    expect(decodeRecordHeader(Buffer.alloc(64), 0)).toBeUndefined();
  });
});

describe('decodeRecords()', () => {
  test('goes on from its cursor wherever windows and amounts cut the records', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 16, max: 90 }), (list, room, size) => {
        const blob = Buffer.from(encodeItems(list));
        const first = list[0];
        let cursor = {
          position: first === undefined ? 0 : first.type === 'gap' ? first.from : first.position,
          offset: HEAD_BYTES,
        };
        const pieces: OutputItem[] = [];
        for (;;) {
          const decoded = decodeRecords(blob.subarray(cursor.offset, cursor.offset + size), cursor, room);
          expect(decoded.broken).toBe(false);
          pieces.push(...decoded.items);
          if (decoded.cursor.offset === cursor.offset) break;
          cursor = decoded.cursor;
        }
        expect(cursor.offset).toBe(blob.length);
        expect(joined(pieces)).toEqual(joined(list));
      }),
    );
  });

  test('stops before a header that is damaged and says so', () => {
    const bytes = Buffer.from('abc');
    const list: OutputItem[] = [1, 2, 3].map((n) => ({
      type: 'bytes',
      stream: 'pty',
      position: n * 3,
      epoch: n,
      bytes,
    }));
    const records = Buffer.from(encodeItems(list)).subarray(HEAD_BYTES);
    records[RECORD_HEADER_BYTES + 3] = 99;
    const decoded = decodeRecords(records, { position: 3, offset: 0 }, 1_000);
    expect(decoded).toMatchObject({ items: [{ position: 3 }], broken: true, cursor: { position: 6 } });
  });
});

/** One line per byte, mark and gap. */
function joined(list: readonly OutputItem[]): string[] {
  return list.flatMap((item) => {
    if (item.type === 'gap') return [`gap ${String(item.from)} ${String(item.to)}`];
    if (item.type === 'run') return [`run ${String(item.run)} ${String(item.position)} ${String(item.epoch)}`];
    return [...item.bytes].map((byte, index) => [item.stream, item.epoch, item.position + index, byte].join(' '));
  });
}
