import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeMessage } from '../../../src/engine/streams/message-encoder.ts';
import { MessageParser } from '../../../src/engine/streams/message-parser.ts';
import type { ParsedMessage } from '../../../src/engine/streams/message-parser.ts';

function said(...written: readonly string[]): ParsedMessage[] {
  const bytes = Buffer.from(written.join(''));
  const messages: ParsedMessage[] = [];
  new MessageParser().push({ type: 'bytes', stream: 'stdout', position: 0, epoch: 1, bytes }, messages);
  return messages;
}

const level = fc.integer({ min: 0, max: 255 });
const text = fc
  .array(fc.oneof(fc.constantFrom('\n', ':', ':::', '1', '20::', '7:::', ' ', '\r'), fc.string({ unit: 'grapheme' })), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''));

describe('encodeMessage()', () => {
  test('says what the parser reads back, one message after another', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(level, text), { maxLength: 4 }), (all) => {
        const sayable = all.filter(([, one]) => !one.split('\n').slice(1).includes(':::'));
        const messages = said(...sayable.map(([on, one]) => encodeMessage(on, one)));
        expect(messages.map((message) => [message.level, message.text])).toEqual(sayable);
      }),
      { numRuns: 1000 },
    );
  });

  test('says a text with a line that would end it in several messages', () => {
    fc.assert(
      fc.property(level, text, text, (on, before, after) => {
        const whole = `${before}\n:::\n${after}`;
        const messages = said(encodeMessage(on, whole));
        expect(messages.length).toBeGreaterThan(1);
        expect(messages.map((message) => message.text).join('\n')).toBe(whole);
        expect(messages.every((message) => message.level === on)).toBe(true);
      }),
    );
  });

  test('leaves plain lines as they are', () => {
    expect(encodeMessage(1, 'hello')).toBe('hello\n');
    expect(encodeMessage(1, '2001::1')).toBe('2001::1\n');
    expect(encodeMessage(1, '20::x')).toBe('1::20::x\n');
    expect(encodeMessage(3, 'a\nb')).toBe('3:::a\nb\n:::\n');
  });

  test.each([-1, 256, 1.5, Number.NaN])('refuses level %d', (bad) => {
    expect(() => encodeMessage(bad, 'x')).toThrow(RangeError);
  });
});
