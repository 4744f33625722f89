import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MessageParser } from '../../../src/engine/streams/message-parser.ts';
import type { ParsedMessage } from '../../../src/engine/streams/message-parser.ts';

interface Vector {
  readonly chunks: readonly string[];
  readonly messages: readonly (readonly [number, string])[];
}
const { vectors } = JSON.parse(readFileSync(new URL('../../fixtures/messages.json', import.meta.url), 'utf8')) as {
  vectors: Vector[];
};

function parse(chunks: readonly Buffer[]): ParsedMessage[] {
  const parser = new MessageParser();
  const messages: ParsedMessage[] = [];
  let position = 0;
  for (const bytes of chunks) {
    parser.push({ type: 'bytes', stream: 'stdout', position, epoch: 5, bytes }, messages);
    position += bytes.length;
  }
  parser.end(messages);
  return messages;
}

describe('MessageParser', () => {
  test.each(vectors)('reads $chunks', ({ chunks, messages }) => {
    const whole = parse(chunks.map((chunk) => Buffer.from(chunk)));
    expect(whole.map(({ level, text }) => [level, text])).toEqual(messages);
    const all = Buffer.from(chunks.join(''));
    for (let a = 0; a <= all.length; a += 1) {
      for (let b = a; b <= all.length; b += 1) {
        expect(parse([all.subarray(0, a), all.subarray(a, b), all.subarray(b)])).toEqual(whole);
      }
    }
    expect(parse(Array.from(all, (_, i) => all.subarray(i, i + 1)))).toEqual(whole);
  });
});
