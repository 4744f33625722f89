import { Writable } from 'node:stream';

import { describe, expect, test } from 'vitest';

import { STDIN_BUFFER_BYTES, StdinFeed } from '../../../src/host/run/stdin-feed.ts';

/** A child's input that takes a write only when it is told to. */
interface Slow {
  readonly stream: Writable;
  readonly taken: Buffer[];
  /** Takes one write. */
  take(): Promise<void>;
}

function slowInput(): Slow {
  const taken: Buffer[] = [];
  let pending = (): void => undefined;
  const stream = new Writable({
    highWaterMark: 1,
    write: (chunk: Buffer, _encoding, done) => {
      pending = () => {
        taken.push(chunk);
        done();
      };
    },
  });
  const take = async (): Promise<void> => {
    pending();
    await new Promise(setImmediate);
  };
  return { stream, taken, take };
}

function feed(): { slow: Slow; stdin: StdinFeed; told: number[] } {
  const slow = slowInput();
  const told: number[] = [];
  return { slow, told, stdin: new StdinFeed(slow.stream, (offset) => told.push(offset)) };
}

describe('StdinFeed', () => {
  test('takes as much as may wait, and tells when it can take more', async () => {
    const { slow, stdin, told } = feed();
    expect(stdin.write(0, Buffer.alloc(700_000))).toBe(700_000);
    expect(stdin.write(700_000, Buffer.alloc(700_000))).toBe(STDIN_BUFFER_BYTES);
    expect(stdin.write(STDIN_BUFFER_BYTES, Buffer.alloc(1))).toBe(STDIN_BUFFER_BYTES);
    expect(told).toEqual([]);
    await slow.take();
    expect(told).toEqual([STDIN_BUFFER_BYTES]);
    await slow.take();
    expect(told).toEqual([STDIN_BUFFER_BYTES]);
  });

  test('tells nothing while all is taken', async () => {
    const { slow, stdin, told } = feed();
    stdin.write(0, Buffer.alloc(1_000));
    await slow.take();
    expect(told).toEqual([]);
  });

  test('skips what it has, and takes nothing after a hole', () => {
    const { stdin } = feed();
    expect(stdin.write(0, Buffer.from('abc'))).toBe(3);
    expect(stdin.write(1, Buffer.from('bcde'))).toBe(5);
    expect(stdin.write(0, Buffer.from('abc'))).toBe(5);
    expect(stdin.write(6, Buffer.from('x'))).toBe(5);
  });

  test('ends at the offset it is closed at, and takes nothing beyond', async () => {
    const { slow, stdin } = feed();
    stdin.close(4);
    expect(stdin.write(0, Buffer.from('ab'))).toBe(2);
    expect(slow.stream.writableEnded).toBe(false);
    expect(stdin.write(2, Buffer.from('cdef'))).toBe(4);
    expect(slow.stream.writableEnded).toBe(true);
    expect(stdin.write(4, Buffer.from('ef'))).toBe(-1);
    await slow.take();
    await slow.take();
    expect(Buffer.concat(slow.taken).toString()).toBe('abcd');
  });

  test('closed before what was taken ends at once', () => {
    const { slow, stdin } = feed();
    stdin.write(0, Buffer.from('abc'));
    stdin.close(1);
    expect(slow.stream.writableEnded).toBe(true);
    expect(stdin.offset).toBe(3);
  });

  test('takes nothing more when the child closed its end', async () => {
    const { slow, stdin } = feed();
    slow.stream.destroy(new Error('EPIPE'));
    await new Promise(setImmediate);
    expect(stdin.write(0, Buffer.from('abc'))).toBe(-1);
    stdin.writeAll(Buffer.from('abc'));
    stdin.close(0);
    stdin.destroy();
  });
});
