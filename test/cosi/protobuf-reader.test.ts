import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { ProtobufReader } from '../../src/cosi/protobuf-reader.ts';
import { ProtobufWriter } from '../../src/cosi/protobuf-writer.ts';

const field = fc.integer({ min: 1, max: 2 ** 29 - 1 });

test('what is written is read: texts, bytes, numbers and messages of all sizes', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.maxSafeInteger(),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(field, value, fc.boolean()), { maxLength: 20 }), (fields) => {
      const writer = new ProtobufWriter();
      for (const [number, content, isInside] of fields) {
        const start = isInside ? writer.begin(number) : 0;
        const inner = isInside ? 1 : number;
        if (typeof content === 'string') writer.presentText(inner, content);
        else if (typeof content === 'number') writer.number(inner, content === 0 ? 1 : content);
        else writer.presentBytes(inner, content);
        if (isInside) writer.end(start);
      }
      const reader = new ProtobufReader(writer.finish(), 'test');
      for (const [number, content, isInside] of fields) {
        expect([reader.next(), reader.field]).toEqual([true, number]);
        const inner = isInside ? reader.message('inside') : reader;
        if (isInside) expect([inner.next(), inner.field]).toEqual([true, 1]);
        if (typeof content === 'string') expect(inner.text()).toBe(content);
        else if (typeof content === 'number') expect(inner.number()).toBe(content === 0 ? 1 : content);
        else expect([...inner.bytes()]).toEqual([...content]);
      }
      expect(reader.next()).toBe(false);
    }),
    { numRuns: 40 },
  );
});

test('whatever bytes come, they are read or refused, and nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const reader = new ProtobufReader(bytes, 'test');
      try {
        while (reader.next()) reader.skip();
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad-request' });
      }
    }),
  );
});

test('what is in a message does not reach behind its end, whatever follows', () => {
  const writer = new ProtobufWriter();
  // A text of nine bytes, it says, in a message of three; then there are more.
  writer.presentBytes(1, new Uint8Array([0x0a, 9, 0x41]));
  writer.presentText(2, 'behind the message');
  const reader = new ProtobufReader(writer.finish(), 'test');
  reader.next();
  const inside = reader.message('inside');
  expect(inside.next()).toBe(true);
  expect(() => inside.text()).toThrow('Cannot read the inside: it ends too early');
  expect([reader.next(), reader.text()]).toEqual([true, 'behind the message']);
});
