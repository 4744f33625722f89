import { describe, expect, test } from 'vitest';

import { DetachScanner, readDetachKeys } from '../../../src/cli/terminal/detach-keys.ts';

describe('readDetachKeys()', () => {
  test.each([
    [undefined, [16, 17]],
    ['ctrl-p,ctrl-q', [16, 17]],
    ['ctrl-]', [29]],
    ['ctrl-A,d', [1, 100]],
    ['~,.', [126, 46]],
    ['ctrl-@,ctrl-[,ctrl-\\,ctrl-^,ctrl-_', [0, 27, 28, 30, 31]],
    ['none', []],
  ])('reads %j', (text, keys) => {
    expect([...readDetachKeys(text)]).toEqual(keys);
  });

  test.each(['', 'ctrl-', 'ctrl-pq', 'ab', 'ctrl-1', 'ü', 'a,,b'])('refuses %j and says what is wanted', (text) => {
    expect(() => readDetachKeys(text)).toThrow(/^Cannot read --detach-keys ".*": keys such as/);
  });
});

/** What each chunk gives, until the keys are typed. */
function scan(keys: string, ...chunks: string[]) {
  const scanner = new DetachScanner(Buffer.from(keys));
  const typed = chunks.map((chunk) => scanner.take(Buffer.from(chunk)));
  return { texts: typed.map(({ bytes }) => bytes.toString()), isDetached: typed.at(-1)?.isDetached, scanner };
}

describe('DetachScanner', () => {
  test.each([
    ['pq', ['abc'], ['abc'], false],
    ['pq', ['apqb'], ['a'], true],
    ['pq', ['ap', 'qb'], ['a', ''], true],
    ['pq', ['p', 'x'], ['', 'px'], false],
    ['pq', ['p', 'p', 'q'], ['', 'p', ''], true],
    ['aab', ['aaab'], ['a'], true],
    ['aab', ['aa', 'ab'], ['', 'a'], true],
    ['', ['pq'], ['pq'], false],
  ])('with %j makes of %j %j', (keys, chunks, texts, isDetached) => {
    expect(scan(keys, ...chunks)).toMatchObject({ texts, isDetached });
  });

  test('gives up what it holds back when told', () => {
    const { scanner } = scan('pq', 'ap');
    expect(scanner.isHolding).toBe(true);
    expect(scanner.release().toString()).toBe('p');
    expect(scanner.isHolding).toBe(false);
    expect(scanner.take(Buffer.from('q'))).toEqual({ bytes: Buffer.from('q'), isDetached: false });
  });
});
