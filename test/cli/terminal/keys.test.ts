import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';

import { Keys, type Typing } from '../../../src/cli/terminal/keys.ts';
import { until } from '../../harness/until.ts';

function keyboard(typing: Typing, write: (text: string) => Promise<void> = async () => undefined) {
  const got: string[] = [];
  const job = {
    write: (data: Uint8Array | string) => {
      got.push(String(data));
      return write(String(data));
    },
  };
  const keys = new Keys(job, typing, Buffer.from('pq'));
  const input = new PassThrough();
  const over = new AbortController();
  return { got, keys, input, over, done: keys.read(input, over.signal) };
}

describe('Keys', () => {
  test('pass on what is typed, until the detach keys', async () => {
    const { got, input, done } = keyboard('to the job');
    input.write('ls\r');
    await until('it came', () => got.length === 1);
    input.write('pqrest');
    await done;
    expect(got).toEqual(['ls\r']);
    expect(input.destroyed).toBe(false);
  });

  test('pass on a beginning of the detach keys that nothing follows', async () => {
    const { got, input, over, done } = keyboard('to the job');
    input.write('ap');
    await until('both came', () => got.join('') === 'ap');
    over.abort();
    await done;
  });

  test('pass on interrupts only, or nothing', async () => {
    const some = keyboard('interrupts');
    some.input.write('a\x03b\x03');
    await until('they came', () => some.got.length === 1);
    some.input.end();
    await some.done;
    expect(some.got).toEqual(['\x03\x03']);
    const none = keyboard('nothing');
    none.input.write('a\x03b');
    await none.done;
    expect(none.got).toEqual([]);
  });

  test('hear the detach keys however little the job takes', async () => {
    const { got, input, done } = keyboard('to the job', () => new Promise(() => undefined));
    for (let count = 0; count < 100; count += 1) input.write(Buffer.alloc(10_000, 'x'));
    input.write('pq');
    await done;
    expect(got.join('').length).toBeLessThanOrEqual(64 * 1024);
  });

  test('of a job that is over are nobody’s trouble', async () => {
    const { input, done, keys } = keyboard('to the job', () => Promise.reject(new Error('over')));
    keys.interrupt();
    input.write('x');
    input.end();
    await done;
  });
});
