import { PassThrough, Writable } from 'node:stream';

import { describe, expect, test } from 'vitest';

import { Output, OutputClosed, type OutputTarget } from '../../src/cli/output.ts';

function collect(): OutputTarget & { readonly bytes: () => Buffer } {
  const chunks: Buffer[] = [];
  const target = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  return Object.assign(target, { bytes: () => Buffer.concat(chunks) });
}

function broken(): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  });
}

describe('Output', () => {
  test('hands bytes over as they are, in order', async () => {
    const stdout = collect();
    const output = new Output(stdout, collect(), {});
    const bytes = Buffer.from(Array.from({ length: 1024 }, (_, at) => (at * 7) % 256));
    void output.write('stdout', bytes);
    await output.line('end');
    expect(stdout.bytes()).toEqual(Buffer.concat([bytes, Buffer.from('end\n')]));
  });

  test('keeps the order between both streams when one is slow', async () => {
    const order: string[] = [];
    const slow = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        setTimeout(() => {
          order.push(chunk.toString());
          done();
        }, 20);
      },
    });
    const fast = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        order.push(chunk.toString());
        done();
      },
    });
    const output = new Output(slow, fast, {});
    void output.write('stdout', 'a');
    void output.write('stderr', 'b');
    await output.write('stdout', 'c');
    expect(order).toEqual(['a', 'b', 'c']);
  });

  test('says when the reader of standard output is gone, and goes on on standard error', async () => {
    const stderr = collect();
    const output = new Output(broken(), stderr, {});
    await expect(output.line('x')).rejects.toBeInstanceOf(OutputClosed);
    await output.write('stderr', 'still here');
    await output.drained();
    expect(stderr.bytes().toString()).toBe('still here');
  });

  test('lets nobody suffer from a lost standard error', async () => {
    await expect(new Output(collect(), broken(), {}).note('x')).resolves.toBeUndefined();
  });

  test('indents JSON for people only', async () => {
    const [pipe, terminal] = [collect(), Object.assign(collect(), { isTTY: true, columns: 80 })];
    await new Output(pipe, collect(), {}).json({ a: [1] });
    await new Output(terminal, collect(), {}).json({ a: [1] });
    expect(pipe.bytes().toString()).toBe('{"a":[1]}\n');
    expect(terminal.bytes().toString()).toBe('{\n  "a": [\n    1\n  ]\n}\n');
  });

  test('knows the width of a terminal as it is now, and none of a pipe', () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 100 });
    const output = new Output(terminal, new PassThrough(), {});
    expect(output.stdout.width).toBe(100);
    terminal.columns = 40;
    expect(output.stdout.width).toBe(40);
    expect(output.stderr.width).toBeUndefined();
  });
});
