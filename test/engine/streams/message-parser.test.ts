import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MessageParser } from '../../../src/engine/streams/message-parser.ts';
import type { ParsedMessage, ParserSnapshot } from '../../../src/engine/streams/message-parser.ts';
import { MAX_MESSAGE_BYTES } from '../../../src/protocol/limits.ts';
import type { OutputItem, OutputStream } from '../../../src/protocol/output.ts';
import { arbitraryOutput, resplit } from './arbitrary-output.ts';
import { parsePlainly } from './plain-parser.ts';

interface Vector {
  readonly chunks: readonly string[];
  readonly messages: readonly (readonly [number, string])[];
}
const { vectors } = JSON.parse(readFileSync(new URL('../../fixtures/messages.json', import.meta.url), 'utf8')) as {
  vectors: Vector[];
};

function parseItems(items: readonly OutputItem[]): ParsedMessage[] {
  const parser = new MessageParser();
  const messages: ParsedMessage[] = [];
  for (const item of items) parser.push(item, messages);
  parser.end(messages);
  return messages;
}

/** Chunks as items of one run: text for stdout, or stream and text. */
function chunks(...all: readonly (string | Buffer | readonly [OutputStream, string | Buffer])[]): OutputItem[] {
  let position = 0;
  return all.map((chunk) => {
    const [stream, content] = Array.isArray(chunk)
      ? (chunk as [OutputStream, string | Buffer])
      : (['stdout', chunk as string | Buffer] as const);
    const bytes = Buffer.from(content);
    position += bytes.length;
    return { type: 'bytes', stream, position: position - bytes.length, epoch: 5, bytes };
  });
}

function brief(messages: readonly ParsedMessage[]): unknown[] {
  return messages.map(({ seq, level, text, truncated }) => [
    seq,
    level,
    text,
    ...(truncated === true ? ['truncated'] : []),
  ]);
}

const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 });

describe('MessageParser', () => {
  test.each(vectors)('reads $chunks, however it is split', ({ chunks: written, messages }) => {
    const whole = parseItems(chunks(...written));
    expect(whole.map(({ level, text }) => [level, text])).toEqual(messages);
    const all = Buffer.from(written.join(''));
    const inPieces = (places: readonly number[]): OutputItem[] =>
      chunks(...places.map((place, index) => all.subarray(places[index - 1] ?? 0, place)), all.subarray(places.at(-1)));
    for (let a = 0; a <= all.length; a += 1) {
      for (let b = a; b <= all.length; b += 1) expect(parseItems(inPieces([a, b]))).toEqual(whole);
    }
    expect(parseItems(inPieces(Array.from(all, (_, index) => index)))).toEqual(whole);
  });

  test('follows the plain rules for any output, in any pieces', () => {
    fc.assert(
      fc.property(arbitraryOutput, cuts, (items, places) => {
        const expected = parsePlainly(items);
        expect(parseItems(items)).toEqual(expected);
        expect(parseItems(resplit(items, places))).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test('goes on from a snapshot as if nothing had happened', () => {
    fc.assert(
      fc.property(arbitraryOutput, cuts, fc.nat(40), (items, places, at) => {
        const pieces = resplit(items, places);
        const messages: ParsedMessage[] = [];
        const first = new MessageParser();
        for (const item of pieces.slice(0, at)) first.push(item, messages);
        const second = MessageParser.restore(JSON.parse(JSON.stringify(first.snapshot())) as ParserSnapshot);
        for (const item of pieces.slice(at)) second.push(item, messages);
        second.end(messages);
        expect(messages).toEqual(parseItems(items));
      }),
      { numRuns: 1000 },
    );
  });

  test('numbers messages by their last byte, growing strictly, and says what number comes next at least', () => {
    fc.assert(
      fc.property(arbitraryOutput, (items) => {
        const parser = new MessageParser();
        let before = -1;
        for (const item of [...items, undefined]) {
          const least = parser.nextSeq;
          const messages: ParsedMessage[] = [];
          if (item === undefined) parser.end(messages);
          else parser.push(item, messages);
          for (const { seq } of messages) {
            expect(seq).toBeGreaterThan(before);
            expect(seq).toBeGreaterThanOrEqual(least);
            before = seq;
          }
          expect(before).toBeLessThan(parser.nextSeq);
          expect(before).toBeLessThanOrEqual(parser.position + 2);
        }
      }),
    );
  });

  test('gives a line that ends after a later one the number after that', () => {
    const items = chunks('open', ['stderr', 'later\n'], ['stdout', '']);
    expect(brief(parseItems(items))).toEqual([
      [9, 2, 'later'],
      [10, 1, 'open'],
    ]);
  });

  test('keeps streams apart', () => {
    const items = chunks('3::o', ['stderr', '4:::e\n'], 'ut\n', ['stderr', ':::\nplain\n']);
    expect(brief(parseItems(items))).toEqual([
      [12, 3, 'out'],
      [16, 4, 'e'],
      [22, 2, 'plain'],
    ]);
  });

  test('ends what is open where another run begins', () => {
    const items: OutputItem[] = [
      ...chunks('20:::half\n'),
      { type: 'run', run: 2, position: 10, epoch: 9 },
      { type: 'bytes', stream: 'stdout', position: 10, epoch: 9, bytes: Buffer.from(':::\n') },
    ];
    const messages = parseItems(items);
    expect(brief(messages)).toEqual([
      [9, 20, 'half', 'truncated'],
      [13, 1, ':::'],
    ]);
    expect(messages.map(({ run }) => run)).toEqual([1, 2]);
  });

  test('marks what stands before a gap as truncated', () => {
    const items: OutputItem[] = [
      ...chunks('20::{"a":'),
      { type: 'gap', from: 9, to: 100 },
      { type: 'bytes', stream: 'stdout', position: 100, epoch: 5, bytes: Buffer.from('1}\n') },
    ];
    expect(brief(parseItems(items))).toEqual([
      [8, 20, '{"a":', 'truncated'],
      [102, 1, '1}'],
    ]);
  });

  test('takes missing bytes for a gap and ignores what it has seen', () => {
    const [first] = chunks('one\ntw');
    const after: OutputItem = { type: 'bytes', stream: 'stdout', position: 8, epoch: 5, bytes: Buffer.from('x\n') };
    expect(brief(parseItems([first!, first!, after]))).toEqual([
      [3, 1, 'one'],
      [5, 1, 'tw', 'truncated'],
      [9, 1, 'x'],
    ]);
  });

  test('ignores the mark of a run that it has gone past', () => {
    const parser = new MessageParser();
    for (const item of chunks('one\ntw')) parser.push(item, []);
    parser.push({ type: 'run', run: 7, position: 3, epoch: 1 }, []);
    expect([parser.run, parser.isClean]).toEqual([1, false]);
  });

  test('snapshots the last place where nothing was open when much is', () => {
    const parser = new MessageParser();
    const messages: ParsedMessage[] = [];
    for (const item of chunks('one\n', 'x'.repeat(17 * 1024), ['stderr', 'e\n'])) parser.push(item, messages);
    expect(messages.map(({ text }) => text)).toEqual(['one', 'e']);
    expect(parser.snapshot()).toEqual({ position: 4, lastSeq: 3, run: 1 });
    expect(parser.snapshot(20 * 1024).position).toBe(parser.position);
  });

  test('snapshots that place also when it went on from a place where something was open', () => {
    const first = new MessageParser();
    const [one, half, much] = chunks('one\n', 'half ', 'x'.repeat(17 * 1024));
    for (const item of [one, half]) first.push(item!, []);
    const second = MessageParser.restore(JSON.parse(JSON.stringify(first.snapshot())) as ParserSnapshot);
    expect(second.position).toBe(9);
    second.push(much!, []);
    expect(second.snapshot()).toEqual({ position: 4, lastSeq: 3, run: 1 });
  });

  test('reads a header whose digits are many zeros up to a limit', () => {
    expect(brief(parseItems(chunks(`${'0'.repeat(62)}20::x\n`)))).toEqual([[67, 20, 'x']]);
    const long = `${'0'.repeat(63)}20::x`;
    expect(brief(parseItems(chunks(`${long}\n`)))).toEqual([[68, 1, long]]);
    expect(brief(parseItems(chunks(long.slice(0, 50), `${long.slice(50)}\n`)))).toEqual([[68, 1, long]]);
  });
});

describe('MessageParser with messages over the limit', () => {
  const limit = MAX_MESSAGE_BYTES;
  const sizes = (messages: readonly ParsedMessage[]): unknown[] =>
    messages.map(({ text, truncated, continues }) => [Buffer.byteLength(text), truncated === true, continues === true]);

  test('gives a line of exactly the limit whole, header not counted', () => {
    const line = Buffer.from(`20::${'x'.repeat(limit)}\n`);
    for (const at of [0, 2, 5, limit, limit + 4, limit + 5]) {
      const messages = parseItems(chunks(line.subarray(0, at), line.subarray(at)));
      expect(sizes(messages)).toEqual([[limit, false, false]]);
      expect(messages[0]?.seq).toBe(limit + 4);
    }
  });

  test('gives a longer line in parts, all but the last truncated', () => {
    const line = Buffer.from(`7::${'x'.repeat(2 * limit + 1)}\n`);
    const whole = parseItems(chunks(line));
    expect(sizes(whole)).toEqual([
      [limit, true, false],
      [limit, true, true],
      [1, false, true],
    ]);
    expect(whole.map(({ seq }) => seq)).toEqual([limit + 2, 2 * limit + 2, 2 * limit + 4]);
    expect(whole.map(({ level }) => level)).toEqual([7, 7, 7]);
  });

  test('numbers a part by its last byte, wherever the byte stands that made it too long', () => {
    const items = chunks('x'.repeat(limit), ['stderr', 'ee'], 'y\n', ['stderr', '\n']);
    expect(parseItems(items).map(({ seq, text }) => [seq, text.at(0)])).toEqual([
      [limit - 1, 'x'],
      [limit + 3, 'y'],
      [limit + 4, 'e'],
    ]);
  });

  test('numbers a part of a block whose line turned out to be text by the byte before', () => {
    const items = chunks('5:::', 'x'.repeat(limit), '\n:', ['stderr', 'ee'], ':', ['stderr', 'ee'], '\n:::\n');
    expect(parseItems(items).map(({ seq, text }) => [seq, text])).toEqual([
      [limit + 8, 'x'.repeat(limit)],
      [limit + 15, '\n::'],
      [limit + 16, 'eeee'],
    ]);
  });

  test('cuts at characters', () => {
    const text = 'a' + '😀'.repeat(limit / 2);
    const messages = parseItems(chunks(`${text}\n`));
    expect(messages.map((message) => message.text).join('')).toBe(text);
    expect(messages.every((message) => Buffer.byteLength(message.text) <= limit)).toBe(true);
  });

  test('cuts bytes that are no characters at the limit', () => {
    const messages = parseItems(chunks(Buffer.alloc(limit + 10, 0x98), '\n'));
    expect(messages.map(({ text }) => text.length)).toEqual([limit, 10]);
  });

  const long = fc.record({
    head: fc.constantFrom('', '20::', '9:::', '9:::x\n', '9:::\n:::x\n'),
    size: fc.integer({ min: limit - 6, max: limit + 6 }),
    fill: fc.constantFrom('x', 'é', '😀', ':'),
    tail: fc.constantFrom(
      '\n',
      '\n:::\n',
      '\n::\n:::\n',
      '\n:::',
      '',
      '\n\n\n:::\n',
      '\n:::y\n',
      '::\n:::\n:::\n',
      '\n::::\n:::\n',
    ),
    places: fc.array(fc.integer({ min: limit - 10, max: limit + 20 }), { maxLength: 6 }),
    chunk: fc.integer({ min: 10_000, max: 400_000 }),
  });

  test('cuts the same whatever the pieces', () => {
    fc.assert(
      fc.property(long, ({ head, size, fill, tail, places, chunk }) => {
        const all = Buffer.from(head + fill.repeat(size / Buffer.byteLength(fill)) + tail + '3::after\n');
        const whole = parseItems(chunks(all));
        const sorted = [...places].sort((a, b) => a - b);
        const byPlaces = sorted.map((place, index) => all.subarray(sorted[index - 1] ?? 0, place));
        expect(parseItems(chunks(...byPlaces, all.subarray(sorted.at(-1) ?? 0)))).toEqual(whole);
        const even = Array.from({ length: Math.ceil(all.length / chunk) }, (_, index) =>
          all.subarray(index * chunk, (index + 1) * chunk),
        );
        expect(parseItems(chunks(...even))).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  test('holds one message at most while a line goes on for ever', () => {
    const parser = new MessageParser();
    const bytes = Buffer.alloc(256 * 1024, 'x');
    let parts = 0;
    let open = 0;
    for (let position = 0; position < 64 * limit; position += bytes.length) {
      const messages: ParsedMessage[] = [];
      parser.push({ type: 'bytes', stream: 'stdout', position, epoch: 1, bytes }, messages);
      parts += messages.length;
      open = Math.max(open, JSON.stringify(parser.snapshot()).length);
    }
    expect(parts).toBe(63);
    expect(open).toBeLessThan(1000);
  });
});
