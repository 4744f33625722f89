import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JobOutput } from '../../../src/engine/streams/job-output.ts';
import type { ParsedMessage } from '../../../src/engine/streams/message-parser.ts';
import { MessagePump } from '../../../src/engine/streams/message-pump.ts';
import type { PumpSnapshot } from '../../../src/engine/streams/message-pump.ts';
import type { OutputItem } from '../../../src/protocol/output.ts';
import { FakeOutputArchive } from '../../fakes/fake-output-archive.ts';
import { FakeOutputProcess } from '../../fakes/fake-output-process.ts';
import { arbitraryWholeOutput } from './arbitrary-output.ts';
import { parsePlainly } from './plain-parser.ts';
import { messagesIn, readAll } from './read-all.ts';

function liveJob(): { output: JobOutput; process: FakeOutputProcess; archive: FakeOutputArchive } {
  const archive = new FakeOutputArchive();
  const output = new JobOutput({ uid: 'uid', archive, raw: false, end: 0 });
  const process = new FakeOutputProcess();
  output.attach(process, 0);
  return { output, process, archive };
}

function say(output: JobOutput, process: FakeOutputProcess, text: string, start = 0): void {
  process.say({
    type: 'bytes',
    stream: 'stdout',
    position: Math.max(start, process.end),
    epoch: 1,
    bytes: Buffer.from(text),
  });
  output.grew(process.end);
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('MessagePump', () => {
  test('gives messages as they are said, and what is left open when the run is over', async () => {
    const { output, process } = liveJob();
    const heard: string[] = [];
    const pump = new MessagePump(output, {
      start: 0,
      raw: false,
      onMessages: (messages) => heard.push(...messages.map(({ text }) => text)),
    });
    say(output, process, 'one\ntw');
    await turn();
    expect(heard).toEqual(['one']);
    say(output, process, 'o\nthree');
    process.exit();
    await pump.finish(12);
    expect(heard).toEqual(['one', 'two', 'three']);
  });

  test('gives over all runs what the plain rules say', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryWholeOutput, async (items) => {
        const archive = new FakeOutputArchive();
        const output = new JobOutput({ uid: 'uid', archive, raw: false, end: 0 });
        const heard: ParsedMessage[] = [];
        for (const run of runsOf(items)) {
          const process = new FakeOutputProcess();
          const { start } = run;
          const pump = new MessagePump(output, {
            start,
            raw: false,
            onMessages: (messages) => heard.push(...messages),
          });
          output.attach(process, start);
          for (const item of run.items) {
            process.say(item);
            output.grew(process.end);
            await turn();
          }
          process.exit();
          await pump.finish(process.end);
          archive.add('uid', process.items);
          output.detach(process);
          process.forget();
        }
        expect(heard).toEqual(parsePlainly(items));
      }),
      { numRuns: 100 },
    );
  });

  test('goes on from a snapshot without losing or repeating a message', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryWholeOutput, fc.nat(20), async (all, at) => {
        const [run] = runsOf(all);
        const items = run?.items ?? [];
        const process = new FakeOutputProcess();
        const heard: ParsedMessage[] = [];
        const listen = (messages: ParsedMessage[]): void => {
          heard.push(...messages);
        };
        const before = new JobOutput({ uid: 'uid', archive: new FakeOutputArchive(), raw: false, end: 0 });
        before.attach(process, 0);
        const first = new MessagePump(before, { start: 0, raw: false, onMessages: listen });
        process.say(...items.slice(0, at));
        before.grew(process.end);
        for (let turns = 0; turns < 5; turns += 1) await turn();
        const snapshot = JSON.parse(JSON.stringify(first.snapshot())) as PumpSnapshot;
        const after = new JobOutput({ uid: 'uid', archive: new FakeOutputArchive(), raw: false, end: 0 });
        after.attach(process, 0);
        const second = new MessagePump(after, { start: 0, raw: false, onMessages: listen, from: snapshot });
        process.say(...items.slice(at));
        process.exit();
        await second.finish(process.end);
        expect(heard).toEqual(parsePlainly(items));
      }),
      { numRuns: 100 },
    );
  });

  test('goes on from a snapshot taken inside a long line', async () => {
    const { output, process } = liveJob();
    const heard: string[] = [];
    const onMessages = (messages: ParsedMessage[]): void => {
      heard.push(...messages.map(({ text }) => text.slice(0, 5)));
    };
    const first = new MessagePump(output, { start: 0, raw: false, onMessages });
    say(output, process, 'one\ntwo\n');
    say(output, process, 'x'.repeat(20_000));
    process.say({ type: 'bytes', stream: 'stderr', position: process.end, epoch: 1, bytes: Buffer.from('error\n') });
    output.grew(process.end);
    for (let turns = 0; turns < 5; turns += 1) await turn();
    expect(heard).toEqual(['one', 'two', 'error']);
    const from = first.snapshot();
    expect(JSON.stringify(from).length).toBeLessThan(200);
    const second = new MessagePump(output, { start: 0, raw: false, onMessages, from });
    say(output, process, '\n');
    await second.finish(process.end);
    expect(heard).toEqual(['one', 'two', 'error', 'xxxxx']);
  });

  test('leaves the place where a run ended only to who needs no message before it', async () => {
    const { output, process } = liveJob();
    const pump = new MessagePump(output, { start: 0, raw: false, onMessages: () => undefined });
    process.say({ type: 'bytes', stream: 'stdout', position: 0, epoch: 1, bytes: Buffer.from('a') });
    process.say({ type: 'bytes', stream: 'stderr', position: 1, epoch: 1, bytes: Buffer.from('b\n') });
    process.exit();
    await pump.finish(3);
    output.settle();
    expect(messagesIn(await readAll(output, { from: 3, as: 'messages' }))).toMatchObject([{ seq: 3, text: 'a' }]);
    expect(output.placeBefore(4)).toEqual({ position: 3, lastSeq: 3, run: 1 });
  });

  test('takes the place of the pump of a run that never started', async () => {
    const { output, process } = liveJob();
    const heard: string[] = [];
    const onMessages = (messages: ParsedMessage[]): void => {
      heard.push(...messages.map(({ text }) => text));
    };
    new MessagePump(output, { start: 0, raw: false, onMessages });
    const pump = new MessagePump(output, { start: 0, raw: false, onMessages });
    say(output, process, 'once\n');
    await pump.finish(5);
    expect(heard).toEqual(['once']);
  });

  test('ends, with what it has, when the rest of a run’s output is lost', async () => {
    const { output, process } = liveJob();
    const heard: ParsedMessage[] = [];
    const pump = new MessagePump(output, { start: 0, raw: false, onMessages: (messages) => heard.push(...messages) });
    say(output, process, '20::{"half":');
    process.exit();
    await pump.finish(1000);
    expect(heard).toMatchObject([{ text: '{"half":', level: 20, truncated: true }]);
  });

  test('reads again, after a failed read, when there is more or the run is over', async () => {
    const { output, process } = liveJob();
    const heard: string[] = [];
    const pump = new MessagePump(output, {
      start: 0,
      raw: false,
      onMessages: (messages) => heard.push(...messages.map(({ text }) => text)),
    });
    process.hold = Promise.reject(new Error('not now'));
    say(output, process, 'one\n');
    await turn();
    process.hold = undefined;
    process.exit();
    await pump.finish(4);
    expect(heard).toEqual(['one']);
  });

  test('reads again when the run is over while a read fails', async () => {
    const { output, process } = liveJob();
    const heard: string[] = [];
    const onMessages = (messages: ParsedMessage[]): void => {
      heard.push(...messages.map(({ text }) => text));
    };
    const pump = new MessagePump(output, { start: 0, raw: false, onMessages });
    const held = Promise.withResolvers<void>();
    process.hold = held.promise;
    say(output, process, 'one\n');
    process.exit();
    const finished = pump.finish(4);
    process.hold = undefined;
    held.reject(new Error('not now'));
    await finished;
    expect(heard).toEqual(['one']);
  });

  test('rejects when the output can’t be read at the end of the run', async () => {
    const { output, process } = liveJob();
    const pump = new MessagePump(output, { start: 0, raw: false, onMessages: () => undefined });
    process.hold = Promise.reject(new Error('never'));
    await expect(pump.finish(4)).rejects.toThrow('never');
  });

  test('goes on when a listener throws, and rejects in the end', async () => {
    const { output, process } = liveJob();
    const heard: string[] = [];
    const pump = new MessagePump(output, {
      start: 0,
      raw: false,
      onMessages: (messages) => {
        heard.push(...messages.map(({ text }) => text));
        throw new Error('listener');
      },
    });
    say(output, process, 'one\n');
    await turn();
    say(output, process, 'two\n');
    await expect(pump.finish(8)).rejects.toThrow('listener');
    expect(heard).toEqual(['one', 'two']);
  });

  test('parses nothing of a raw job', async () => {
    const { output, process } = liveJob();
    const pump = new MessagePump(output, { start: 0, raw: true, onMessages: () => expect.unreachable() });
    say(output, process, 'one\n');
    await pump.finish(4);
    expect(process.reads).toBe(0);
  });

  test('lets others have their turn while much is said', async () => {
    const { output, process } = liveJob();
    const big = Buffer.from(`${'x'.repeat(99)}\n`.repeat(200_000));
    process.say({ type: 'bytes', stream: 'stdout', position: 0, epoch: 1, bytes: big });
    let count = 0;
    const pump = new MessagePump(output, {
      start: 0,
      raw: false,
      onMessages: (messages) => (count += messages.length),
    });
    let turns = 0;
    const watch = (): void => {
      turns += 1;
      if (count < 200_000) setImmediate(watch);
    };
    watch();
    await pump.finish(big.length);
    expect(count).toBe(200_000);
    expect(turns).toBeGreaterThan(50);
  });

  test('leaves places near which readers begin to parse', async () => {
    const { output, process } = liveJob();
    const big = Buffer.from(`${'x'.repeat(99)}\n`.repeat(100_000));
    process.say({ type: 'bytes', stream: 'stdout', position: 0, epoch: 1, bytes: big });
    const pump = new MessagePump(output, { start: 0, raw: false, onMessages: () => undefined });
    process.exit();
    await pump.finish(big.length);
    output.settle();
    process.reads = 0;
    const messages = messagesIn(await readAll(output, { from: big.length - 1000, as: 'messages' }));
    expect(messages.length).toBe(10);
    expect(process.reads).toBeLessThan(10);
    expect(output.placeBefore(5_000_000)?.position).toBeGreaterThan(4_000_000);
  });

  test('of a run whose beginnings it doesn’t know leaves places only once its numbers are sure', async () => {
    const archive = new FakeOutputArchive();
    const output = new JobOutput({ uid: 'uid', archive, raw: false, end: 100 });
    const process = new FakeOutputProcess();
    process.say({ type: 'bytes', stream: 'stdout', position: 100, epoch: 1, bytes: Buffer.from('\n'.repeat(600_000)) });
    output.attach(process, 100);
    const pump = new MessagePump(output, { start: 100, raw: false, onMessages: () => undefined });
    process.exit();
    await pump.finish(process.end);
    expect(output.placeBefore(600_100)).toBeUndefined();
    const next = new FakeOutputProcess();
    next.say({ type: 'bytes', stream: 'stdout', position: 600_100, epoch: 1, bytes: Buffer.from('long\n') });
    output.attach(next, 600_100);
    const second = new MessagePump(output, { start: 600_100, raw: false, onMessages: () => undefined });
    await second.finish(600_105);
    expect(output.placeBefore(600_105)).toEqual({ position: 600_105, lastSeq: 600_104, run: 1 });
  });
});

/** The items of each run, and where it starts. */
function runsOf(items: readonly OutputItem[]): { start: number; items: OutputItem[] }[] {
  const runs: { start: number; items: OutputItem[] }[] = [];
  for (const item of items) {
    if (item.type === 'run') runs.push({ start: item.position, items: [item] });
    else runs.at(-1)?.items.push(item);
  }
  return runs;
}
