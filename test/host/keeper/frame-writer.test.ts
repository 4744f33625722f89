import { Writable } from 'node:stream';

import { describe, expect, test } from 'vitest';

import { FrameReader, LARGEST_FRAME } from '../../../src/host/keeper/frames.ts';
import { FrameWriter } from '../../../src/host/keeper/frame-writer.ts';

/** Takes what is written, when it is let. */
class Taker {
  readonly writes: Buffer[][] = [];
  readonly stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      this.#add([chunk], done);
    },
    writev: (chunks: { readonly chunk: Buffer }[], done) => {
      this.#add(
        chunks.map(({ chunk }) => chunk),
        done,
      );
    },
  });
  #goOn: (() => void)[] = [];

  #add(chunks: Buffer[], done: () => void): void {
    this.writes.push(chunks);
    this.#goOn.push(done);
  }

  take(): void {
    for (const goOn of this.#goOn.splice(0)) goOn();
  }

  get frames(): string[] {
    const found: string[] = [];
    new FrameReader().push(Buffer.concat(this.writes.flat()), ({ kind, text, bytes }) => {
      found.push(`${kind} ${text} ${bytes.toString()}`);
    });
    return found;
  }
}

describe('FrameWriter', () => {
  test('writes once what is said in one turn of the loop', async () => {
    const taker = new Taker();
    const writer = new FrameWriter(taker.stream);
    for (let kind = 0; kind < 100; kind += 1) writer.send(kind, 1, '{}', [Buffer.from('some '), Buffer.from('bytes')]);
    expect(taker.writes).toEqual([]);
    await new Promise(setImmediate);
    expect(taker.writes).toHaveLength(1);
    expect(taker.frames).toEqual(Array.from({ length: 100 }, (_, kind) => `${kind} {} some bytes`));
  });

  test('hands large bytes on as they are and in their place', async () => {
    const taker = new Taker();
    const writer = new FrameWriter(taker.stream);
    const large = Buffer.alloc(100_000, 'x');
    writer.send(1, 1, 'before', [Buffer.from('head'), large, Buffer.from('tail')]);
    writer.send(2, 1, 'after');
    await new Promise(setImmediate);
    expect(taker.writes.flat().some((part) => part.buffer === large.buffer && part.length === large.length)).toBe(true);
    expect(taker.frames).toEqual([`1 before head${large.toString()}tail`, '2 after ']);
  });

  test('knows what was not taken yet', async () => {
    const taker = new Taker();
    const writer = new FrameWriter(taker.stream);
    writer.send(1, 1, 'text');
    expect(writer.waiting).toBe(17);
    writer.flush();
    expect(writer.waiting).toBe(17);
    taker.take();
    await new Promise(setImmediate);
    expect(writer.waiting).toBe(0);
  });

  test('refuses a frame that is too large and sends nothing of it', async () => {
    const taker = new Taker();
    const writer = new FrameWriter(taker.stream);
    expect(() => writer.send(1, 1, '', [Buffer.alloc(LARGEST_FRAME)])).toThrow('Cannot send a frame');
    writer.send(2, 1, 'good');
    writer.flush();
    expect(taker.frames).toEqual(['2 good ']);
  });

  test('writes no more to a stream that is closed', () => {
    const taker = new Taker();
    const writer = new FrameWriter(taker.stream);
    taker.stream.destroy();
    writer.send(1, 1, 'text');
    writer.flush();
    expect([taker.writes, writer.waiting]).toEqual([[], 0]);
  });
});
