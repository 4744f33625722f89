import { expect, test } from 'vitest';
import { readTextFrame } from '../../src/server/incoming-frame.ts';

const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const wide = (keys: number): string => `{${Array.from({ length: keys }, (_, key) => `"${String(key)}":0`).join(',')}}`;

test('`readTextFrame()` takes an object with a command, and its ref', () => {
  expect(readTextFrame('{"command":"a","ref":7}')).toEqual({
    type: 'command',
    frame: { command: 'a', ref: 7 },
    ref: 7,
  });
  expect(readTextFrame('{"command":null}')).toMatchObject({ type: 'command', ref: undefined });
});

test.each([
  ['', /Cannot read JSON/],
  ['{', /Cannot read JSON/],
  ['{"command":"a"}{"command":"b"}', /Cannot read JSON/],
  ['{"command":"a",}', /Cannot read JSON/],
  ['\u0000', /Cannot read JSON/],
  ['NaN', /Cannot read JSON/],
  ['null', /one JSON object/],
  ['"text"', /one JSON object/],
  ['7', /one JSON object/],
  ['[]', /one JSON object/],
  ['[{"command":"a"}]', /one JSON object/],
  ['{}', /no "command"/],
  ['{"Command":"a"}', /no "command"/],
])('`readTextFrame()` calls %j junk', (text, message) => {
  expect(readTextFrame(text)).toMatchObject({ type: 'junk', message: expect.stringMatching(message) as unknown });
});

test.each([
  ['nested 64 deep', `{"command":"a","arguments":${deep(63)}}`, 'command'],
  ['nested 65 deep', `{"command":"a","arguments":${deep(64)}}`, 'junk'],
  ['nested 100,000 deep', `{"command":"a","arguments":${deep(100_000)}}`, 'junk'],
  ['of 9,999 keys', `{"command":"a","arguments":${wide(9997)}}`, 'command'],
  ['of 10,001 keys', `{"command":"a","arguments":${wide(9999)}}`, 'junk'],
  ['with a key twice', '{"command":"a","command":"b"}', 'junk'],
  ['with a key twice, once escaped', String.raw`{"command":"a","comm\u0061nd":"b"}`, 'junk'],
  ['with a key twice, deep inside', '{"command":"a","arguments":[{"x":{"y":1,"y":2}}]}', 'junk'],
  ['with "__proto__"', '{"command":"a","__proto__":{"x":1}}', 'junk'],
  ['with "__proto__", escaped', String.raw`{"command":"a","\u005f_proto__":{"x":1}}`, 'junk'],
  ['with "__proto__" as a value', '{"command":"__proto__"}', 'command'],
])('`readTextFrame()` bounds a frame %s (SEC-19)', (_what, text, type) => {
  expect(readTextFrame(text).type).toBe(type);
  expect(({} as { x?: unknown }).x).toBeUndefined();
});

test.each([
  ['"r"', 'r'],
  ['0', 0],
  ['1.5', 1.5],
  ['null', undefined],
  ['{"a":1}', undefined],
  ['[1]', undefined],
  [`"${'r'.repeat(257)}"`, undefined],
])('`readTextFrame()` reads the ref %s of junk, if it is fit to be echoed', (ref, expected) => {
  expect(readTextFrame(`{"ref":${ref}}`).ref).toBe(expected);
});
