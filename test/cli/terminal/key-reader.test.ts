import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { KeyReader } from '../../../src/cli/terminal/key-reader.ts';
import { until } from '../../harness/until.ts';

/** The keys that bytes mean when they come in these pieces. */
function keysOf(...pieces: (string | Buffer)[]): string[] {
  const keys: string[] = [];
  using reader = new KeyReader((key) => keys.push(key));
  for (const piece of pieces) reader.take(Buffer.from(piece));
  return keys;
}

describe('KeyReader', () => {
  test.each([
    ['aé😀', ['a', 'é', '😀']],
    ['\r\n\t\b\u007F', ['enter', 'enter', 'tab', 'backspace', 'backspace']],
    ['\u0003\u001A', ['ctrl-c', 'ctrl-z']],
    ['\u001B[A\u001B[B\u001BOC\u001BOD', ['up', 'down', 'right', 'left']],
    ['\u001B[1;5A\u001B[H\u001BOF', ['up', 'home', 'end']],
    [
      '\u001B[5~\u001B[6~\u001B[1~\u001B[4~\u001B[3~\u001B[6;2~',
      ['page-up', 'page-down', 'home', 'end', 'delete', 'page-down'],
    ],
    ['\u001B[200~x\u001B[<0;1;2M\u001B[Iy', ['x', 'y']],
    ['\u001Bq', ['escape', 'q']],
    ['\u0000', []],
  ])('of %j are %j', (text, keys) => {
    expect(keysOf(text)).toEqual(keys);
  });

  test('are the same in any split of the bytes', () => {
    const bytes = Buffer.from('aé\u001B[5~\u001BOA\u001B[1;5B😀\r');
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.length })), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, at) => bytes.subarray(places[at], end));
        expect(keysOf(...pieces)).toEqual(['a', 'é', 'page-up', 'up', 'down', '😀', 'enter']);
      }),
    );
  });

  test('an ESC that nothing follows is the key', async () => {
    const keys: string[] = [];
    using reader = new KeyReader((key) => keys.push(key));
    reader.take(Buffer.from('\u001B'));
    expect(keys).toEqual([]);
    await until('it was the key', () => keys.length === 1);
    reader.take(Buffer.from('\u001B['));
    await until('they were two', () => keys.length === 3);
    expect(keys).toEqual(['escape', 'escape', '[']);
  });
});
