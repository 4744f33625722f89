import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MessageCollector } from '../../../src/engine/streams/message-collector.ts';
import { MessageParser } from '../../../src/engine/streams/message-parser.ts';
import type { ParsedMessage } from '../../../src/engine/streams/message-parser.ts';
import { MAX_RESULT_TEXT_BYTES, RESULT_STREAM_BYTES } from '../../../src/protocol/limits.ts';
import type { OutputStream } from '../../../src/protocol/output.ts';

function collect(...chunks: readonly (string | readonly [OutputStream, string])[]): MessageCollector {
  const collector = new MessageCollector();
  const parser = new MessageParser();
  const messages: ParsedMessage[] = [];
  for (const chunk of chunks) {
    const [stream, text] = typeof chunk === 'string' ? (['stdout', chunk] as const) : chunk;
    parser.push({ type: 'bytes', stream, position: parser.position, epoch: 1, bytes: Buffer.from(text) }, messages);
  }
  parser.end(messages);
  for (const message of messages) collector.add(message);
  return collector;
}

describe('MessageCollector', () => {
  test('is silent at first', () => {
    expect(new MessageCollector().speech()).toEqual({ data: '', level: 0, streams: ['', ''], critical: undefined });
  });

  test('keeps plain output byte for byte', () => {
    const plain = fc
      .array(fc.constantFrom('a', 'é', '😀', '\n', ' ', '\r', ':::', '1: '), { maxLength: 60 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(plain, plain, (out, err) => {
        expect(collect(out, ['stderr', err]).speech().streams).toEqual([out, err]);
      }),
    );
  });

  test('keeps the newest 100 messages of each stream', () => {
    const lines = Array.from({ length: 250 }, (_, index) => `line ${index}\n`);
    const { streams } = collect(lines.join(''), ['stderr', 'e\n']).speech();
    expect(streams).toEqual([lines.slice(-100).join(''), 'e\n']);
  });

  test('keeps the newest 64 KiB of each stream, cut at a character', () => {
    const text = Array.from({ length: 99 }, () => `${'é'.repeat(999)}\n`).join('');
    const [stdout] = collect(text).speech().streams;
    expect(Buffer.byteLength(stdout)).toBeGreaterThan(RESULT_STREAM_BYTES - 4);
    expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(RESULT_STREAM_BYTES);
    expect(text.endsWith(stdout)).toBe(true);
    const [one] = collect('x'.repeat(3_000_000)).speech().streams;
    expect(one.length).toBeGreaterThan(RESULT_STREAM_BYTES - 4);
    expect(one.length).toBeLessThanOrEqual(RESULT_STREAM_BYTES);
  });

  test('puts messages of level 1 and 2 in their streams, whatever they were written to', () => {
    expect(collect('2::warning\n', ['stderr', '1:::a\nb\n:::\n3::public\n']).speech().streams).toEqual([
      'a\nb\n',
      'warning\n',
    ]);
  });

  test('takes the last result message as data, of any result level', () => {
    expect(collect('20::1\n21::two\n3::no\n')).toMatchObject({ count: 3 });
    expect(collect('20::1\n21::two\n3::no\n').speech()).toMatchObject({ data: 'two', level: 21 });
    expect(collect('30:::{\n}\n:::\n').speech()).toMatchObject({ data: '{\n}', level: 30 });
  });

  test('takes a result line without a newline at the end of the run', () => {
    expect(collect('20::{"a":1}').speech()).toMatchObject({ data: '{"a":1}', level: 20 });
  });

  test('never takes a block that was cut off, or a part of a message, as data', () => {
    expect(collect('20::1\n20:::half\n').speech()).toMatchObject({ data: '1', level: 20 });
    expect(collect(`20::1\n20::${'x'.repeat(2_500_000)}\n`).speech()).toMatchObject({ data: '1', level: 20 });
  });

  test('takes the last critical message, the beginning of a long one', () => {
    expect(collect('9::first\n9::last\n').speech().critical).toBe('last');
    expect(collect(`9::${'x'.repeat(2_500_000)}\n`).speech().critical).toBe('x'.repeat(MAX_RESULT_TEXT_BYTES));
  });

  test('bounds data that was handed over whole', () => {
    const collector = new MessageCollector();
    collector.add({
      seq: 1,
      level: 20,
      text: 'é'.repeat(2_000_000),
      epoch: 1,
      stream: 'stdout',
      terminated: true,
      run: 1,
    });
    expect(Buffer.byteLength(collector.speech().data)).toBe(MAX_RESULT_TEXT_BYTES);
  });

  test('collects many at once as it does one by one', () => {
    const levels = fc.array(fc.constantFrom(1, 1, 1, 1, 2, 9, 20, 3), { maxLength: 600 });
    fc.assert(
      fc.property(levels, fc.nat(600), (all, at) => {
        const messages = all.map((level, index): ParsedMessage => ({
          seq: index,
          level,
          text: `message ${index}`,
          epoch: 1,
          stream: 'stdout',
          terminated: index % 3 > 0,
          run: 1,
        }));
        const [one, many] = [new MessageCollector(), new MessageCollector()];
        for (const message of messages) one.add(message);
        many.addAll(messages.slice(0, at));
        many.addAll(messages.slice(at));
        expect(many.speech()).toEqual(one.speech());
        expect(many.count).toBe(one.count);
      }),
    );
  });

  test('keeps no more memory for more messages', () => {
    const collector = new MessageCollector();
    const message: ParsedMessage = {
      seq: 1,
      level: 1,
      text: 'x'.repeat(1000),
      epoch: 1,
      stream: 'stdout',
      terminated: true,
      run: 1,
    };
    for (let round = 0; round < 1000; round += 1) collector.add(message);
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 100_000; round += 1) collector.add(message);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_000_000);
  });
});
