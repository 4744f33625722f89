import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JobOutput } from '../../../src/engine/streams/job-output.ts';
import { OutputReader } from '../../../src/engine/streams/output-reader.ts';
import type { ReadingItem, ReadingOptions } from '../../../src/engine/streams/reading.ts';
import type { JobEvent } from '../../../src/protocol/frames.ts';
import type { OutputItem } from '../../../src/protocol/output.ts';
import { FakeOutputArchive } from '../../fakes/fake-output-archive.ts';
import { FakeOutputProcess } from '../../fakes/fake-output-process.ts';
import { endOfItems } from '../../fakes/output-items.ts';
import { arbitraryOutput } from './arbitrary-output.ts';
import { parsePlainly } from './plain-parser.ts';
import { bytesIn, gapsIn, messagesIn, never, readAll, restOf } from './read-all.ts';

function settledOutput(items: readonly OutputItem[], raw = false): JobOutput {
  const archive = new FakeOutputArchive();
  archive.add('uid', items);
  const output = new JobOutput({ uid: 'uid', archive, raw, end: endOfItems(items) });
  output.settle();
  return output;
}

/** A live job whose run can be told what to say. */
function liveOutput(): {
  output: JobOutput;
  archive: FakeOutputArchive;
  process: FakeOutputProcess;
  say(text: string): void;
} {
  const archive = new FakeOutputArchive();
  const output = new JobOutput({ uid: 'uid', archive, raw: false, end: 0 });
  const process = new FakeOutputProcess();
  process.say({ type: 'run', run: 1, position: 0, epoch: 1 });
  output.attach(process, 0);
  return {
    output,
    archive,
    process,
    say: (text) => {
      process.say({ type: 'bytes', stream: 'stdout', position: process.end, epoch: 1, bytes: Buffer.from(text) });
      output.grew(process.end);
    },
  };
}

function exited(run: number, position: number): JobEvent {
  return { event: 'exited', run, reason: 'exited', state: 'SUCCESS', code: 0, time: 1, position };
}

const texts = (items: readonly ReadingItem[] | undefined): string[] => messagesIn(items ?? []).map(({ text }) => text);
const kinds = (items: readonly ReadingItem[]): string[] =>
  items.map((item) => {
    if (item.type === 'event') return item.event.event;
    if (item.type === 'messages') return item.messages.map(({ text }) => text).join('|');
    return item.type === 'bytes' ? Buffer.from(item.bytes).toString() : item.type;
  });

const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 });
const cycle = (all: readonly number[]): (() => number) => {
  let at = 0;
  return () => all[at++ % all.length] ?? 1;
};
const wire = (items: readonly OutputItem[]): unknown[] =>
  parsePlainly(items).map(({ seq, level, text, epoch, run, truncated }) => ({
    seq,
    level,
    text,
    epoch,
    run,
    ...(truncated === true ? { truncated } : {}),
  }));

describe('OutputReader', () => {
  test('gives all messages and all bytes of a settled job', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryOutput, sizes, async (items, all) => {
        const output = settledOutput(items);
        expect(messagesIn(await readAll(output, { from: 'start', as: 'messages' }, cycle(all)))).toEqual(wire(items));
        const asItems = items.flatMap((item): ReadingItem[] =>
          item.type === 'bytes' ? [item] : item.type === 'gap' ? [item] : [],
        );
        const bytes = await readAll(output, { from: 'start', as: 'bytes' }, cycle(all));
        expect(bytesIn(bytes)).toEqual(bytesIn(asItems));
        expect(gapsIn(bytes)).toEqual(gapsIn(asItems));
        const both = await readAll(output, { from: 'start', as: 'both' }, cycle(all));
        expect(messagesIn(both)).toEqual(wire(items));
        expect(bytesIn(both)).toEqual(bytesIn(asItems));
      }),
      { numRuns: 300 },
    );
  });

  test('resumed after any message gives exactly the messages after it', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryOutput, async (items) => {
        const output = settledOutput(items);
        const all = wire(items) as { seq: number }[];
        for (const [index, { seq }] of all.entries()) {
          expect(messagesIn(await readAll(output, { from: seq + 1, as: 'messages' }))).toEqual(all.slice(index + 1));
        }
      }),
      { numRuns: 200 },
    );
  });

  test.each(['messages', 'bytes', 'both'] as const)(
    'resumed from its position again and again loses nothing as %s',
    async (as) => {
      await fc.assert(
        fc.asyncProperty(arbitraryOutput, sizes, sizes, async (items, all, rounds) => {
          const output = settledOutput(items);
          const whole = await readAll(output, { from: 'start', as });
          const size = cycle(all);
          const round = cycle(rounds);
          const pieces: ReadingItem[] = [];
          let position: number | 'start' = 'start';
          for (let isOver = false; !isOver;) {
            const reader: OutputReader = new OutputReader(output, { from: position, as });
            expect(reader.position).toBe(position === 'start' ? 0 : position);
            for (let left = round(); left > 0; left -= 1) {
              const items = await reader.next(size(), never);
              isOver = items === undefined;
              if (items === undefined) break;
              pieces.push(...items);
            }
            // In very small steps a reader may not come past an open line; what follows is read in one go.
            if (reader.position === position && !isOver) {
              pieces.push(...(await restOf(reader)));
              isOver = true;
            }
            position = reader.position;
          }
          const unique = <T>(list: readonly T[]): T[] => [...new Set(list)];
          const messages = messagesIn(pieces);
          if (as === 'both') {
            // The wire has one position for two things: what comes twice has the same number.
            expect(unique(messages.map(({ seq }) => seq))).toEqual(messagesIn(whole).map(({ seq }) => seq));
            expect(unique(bytesIn(pieces)).sort()).toEqual(bytesIn(whole).sort());
          } else {
            expect(messages).toEqual(messagesIn(whole));
            expect(bytesIn(pieces)).toEqual(bytesIn(whole));
          }
          expect(unique(gapsIn(pieces)).sort()).toEqual(gapsIn(whole).sort());
        }),
        { numRuns: 300 },
      );
    },
  );

  test('gives of a running job exactly what it gives of the settled one, at any pace', async () => {
    const steps = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        arbitraryOutput,
        steps,
        sizes,
        fc.constantFrom('messages', 'bytes', 'both'),
        async (items, moves, all, as) => {
          const archive = new FakeOutputArchive();
          const output = new JobOutput({ uid: 'uid', archive, raw: false, end: 0 });
          const follow = async (options: ReadingOptions): Promise<ReadingItem[]> =>
            readAll(output, options, cycle(all));
          const readers = [follow({ from: 'start', as }), follow({ from: 'start', as })];
          await playJob(output, archive, items, cycle(moves.length === 0 ? [1] : moves));
          readers.push(follow({ from: 'start', as }));
          const settled = settledOutput(items);
          const expected = await readAll(settled, { from: 'start', as });
          for (const reader of readers) {
            const got = await reader;
            expect(messagesIn(got)).toEqual(messagesIn(expected));
            expect(bytesIn(got)).toEqual(bytesIn(expected));
            expect(gapsIn(got)).toEqual(gapsIn(expected));
            expectRunsInOrder(got);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('begins a position inside an item at that byte', async () => {
    const output = settledOutput([
      { type: 'bytes', stream: 'stdout', position: 0, epoch: 1, bytes: Buffer.from('abcdef') },
    ]);
    expect(await readAll(output, { from: 3, as: 'bytes' })).toEqual([
      { type: 'bytes', stream: 'stdout', position: 3, bytes: Buffer.from('def') },
    ]);
  });

  test('begins a position inside a gap there', async () => {
    const output = settledOutput([{ type: 'gap', from: 0, to: 10 }]);
    expect(await readAll(output, { from: 4, as: 'messages' })).toEqual([{ type: 'gap', from: 4, to: 10 }]);
  });

  test('gives only the streams and levels asked for, and moves past the others', async () => {
    const output = settledOutput([
      { type: 'bytes', stream: 'stdout', position: 0, epoch: 1, bytes: Buffer.from('out\n20::{}\n') },
      { type: 'bytes', stream: 'stderr', position: 11, epoch: 1, bytes: Buffer.from('err\n3::public\n') },
    ]);
    expect(texts(await readAll(output, { from: 'start', as: 'messages', streams: ['stderr'] }))).toEqual([
      'err',
      'public',
    ]);
    expect(texts(await readAll(output, { from: 'start', as: 'messages', levels: [20, 3] }))).toEqual(['{}', 'public']);
    const reader = new OutputReader(output, { from: 'start', as: 'bytes', streams: ['pty'] });
    expect(await reader.next(100, never)).toBeUndefined();
    expect(reader.position).toBe(25);
  });

  test('refuses messages of a raw job', () => {
    const output = settledOutput([], true);
    expect(() => new OutputReader(output, { from: 'start', as: 'both' })).toThrow(
      'Cannot read messages: the job is raw',
    );
    expect(() => new OutputReader(output, { from: 'start', as: 'bytes' })).not.toThrow();
  });

  test('keeps its position at the last byte of an open line, so that the line comes whole to who resumes', async () => {
    const { output, say } = liveOutput();
    say('done\nName: ');
    const reader = new OutputReader(output, { from: 'start', as: 'both' });
    expect(kinds((await reader.next(100, never)) ?? [])).toEqual(['done\nName: ', 'done']);
    expect(reader.position).toBe(10);
    const resumed = new OutputReader(output, { from: reader.position, as: 'both' });
    output.settle();
    expect(kinds(await restOf(resumed))).toEqual([' ', 'Name: ']);
    expect(kinds(await restOf(reader))).toEqual(['Name: ']);
    expect(reader.position).toBe(11);
  });

  test('has a position behind its last message when all was given', async () => {
    const output = settledOutput([
      { type: 'bytes', stream: 'stdout', position: 0, epoch: 1, bytes: Buffer.from('a') },
      { type: 'bytes', stream: 'stderr', position: 1, epoch: 1, bytes: Buffer.from('b\n') },
    ]);
    for (const as of ['messages', 'both'] as const) {
      const reader = new OutputReader(output, { from: 'start', as });
      expect(messagesIn(await restOf(reader)).map(({ seq }) => seq)).toEqual([2, 3]);
      expect(reader.position).toBe(4);
      expect(await readAll(output, { from: 4, as })).toEqual([]);
    }
  });

  test('gives answers of bounded length, whatever is asked', async () => {
    const output = settledOutput([
      { type: 'bytes', stream: 'stdout', position: 0, epoch: 1, bytes: Buffer.alloc(300_000, '\n') },
    ]);
    const reader = new OutputReader(output, { from: 'start', as: 'messages' });
    let count = 0;
    for (
      let items = await reader.next(1_000_000, never);
      items !== undefined;
      items = await reader.next(1_000_000, never)
    ) {
      const { length } = messagesIn(items);
      expect(length).toBeLessThanOrEqual(16_384 + 65_536);
      count += length;
      expect(reader.position).toBe(count);
    }
    expect(count).toBe(300_000);
  });

  test('leaves nothing waiting when a read is given up, and goes on afterwards', async () => {
    const { output, say } = liveOutput();
    const reader = new OutputReader(output, { from: 'start', as: 'messages' });
    const abort = new AbortController();
    const waiting = reader.next(100, abort.signal);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    say('one\n');
    expect(texts(await reader.next(100, never))).toEqual(['one']);
  });

  test('ends a wait when it is closed', async () => {
    const { output } = liveOutput();
    const reader = new OutputReader(output, { from: 'start', as: 'messages' });
    const waiting = reader.next(100, never);
    reader.close();
    reader.close();
    expect(await waiting).toBeUndefined();
  });
});

describe('OutputReader from now on', () => {
  test('gives messages completed from now on, a line begun before included', async () => {
    const { output, say } = liveOutput();
    say('old\nhalf');
    const reader = new OutputReader(output, { from: 'now', as: 'messages' });
    expect(reader.position).toBe(8);
    say(' line\nnew\n');
    output.settle();
    expect(texts(await restOf(reader))).toEqual(['half line', 'new']);
  });

  test('gives nothing completed before, though it is read together with what comes', async () => {
    const { output, process } = liveOutput();
    process.say({
      type: 'bytes',
      stream: 'stdout',
      position: 0,
      epoch: 1,
      bytes: Buffer.from('old\nhalf line\nnew\n'),
    });
    output.grew(8);
    const reader = new OutputReader(output, { from: 'now', as: 'both' });
    output.grew(process.end);
    output.settle();
    expect(kinds(await restOf(reader))).toEqual([' line\nnew\n', 'half line|new']);
  });

  test('gives a line that was open and is cut by the end of its run', async () => {
    const { output, say } = liveOutput();
    say('old\nprompt: ');
    const reader = new OutputReader(output, { from: 'now', as: 'messages' });
    output.settle();
    expect(texts(await restOf(reader))).toEqual(['prompt: ']);
  });

  test('gives bytes from now on', async () => {
    const { output, say } = liveOutput();
    say('old');
    const reader = new OutputReader(output, { from: 'now', as: 'bytes' });
    say('new');
    output.settle();
    expect(kinds(await restOf(reader))).toEqual(['new']);
  });

  test('gives no event that was before', async () => {
    const { output, say } = liveOutput();
    output.appendEvent({ event: 'started', run: 1, position: 0 }, 0);
    say('x\n');
    const reader = new OutputReader(output, { from: 'now', as: 'messages' });
    output.appendEvent(exited(1, 2), 2);
    output.settle();
    expect(kinds(await restOf(reader))).toEqual(['exited']);
  });

  test('with a tail gives the newest messages first', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryOutput,
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom(undefined, [1], [5, 20]),
        async (items, tail, levels) => {
          const output = settledOutput(items);
          const wanted = { as: 'messages' as const, ...(levels === undefined ? {} : { levels }) };
          const reader = new OutputReader(output, { from: 'now', tail, ...wanted });
          expect(reader.position).toBe(0);
          const expected = messagesIn(await readAll(output, { from: 'start', ...wanted })).slice(-tail);
          expect(messagesIn(await restOf(reader))).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('with a tail doesn’t count a line that is still open', async () => {
    const { output, say } = liveOutput();
    say('one\ntwo\nthr');
    const reader = new OutputReader(output, { from: 'now', as: 'messages', tail: 1 });
    expect(texts(await reader.next(100, never))).toEqual(['two']);
    say('ee\n');
    expect(texts(await reader.next(100, never))).toEqual(['three']);
  });

  test('with a tail gives the newest lines of bytes first', async () => {
    const output = settledOutput(
      [{ type: 'bytes', stream: 'stdout', position: 0, epoch: 1, bytes: Buffer.from('1\n2\n3\n4\nrest') }],
      true,
    );
    expect(kinds(await readAll(output, { from: 'now', tail: 2, as: 'bytes' }))).toEqual(['3\n4\nrest']);
    expect(kinds(await readAll(output, { from: 'now', tail: 9, as: 'bytes' }))).toEqual(['1\n2\n3\n4\nrest']);
  });
});

describe('OutputReader and events', () => {
  test('gives each where it happened, an exit after what its run left open', async () => {
    const { output, process, archive, say } = liveOutput();
    output.appendEvent({ event: 'queued' }, 0);
    output.appendEvent({ event: 'started', run: 1, position: 0 }, 0);
    say('one\nhalf');
    process.exit();
    output.appendEvent(exited(1, 8), 8);
    output.appendEvent({ event: 'restarting', run: 2, delay_ms: 0, reason: 'failed' }, 8);
    archive.add('uid', process.items);
    output.detach(process);
    process.forget();
    const second = new FakeOutputProcess();
    second.say({ type: 'run', run: 2, position: 8, epoch: 2 });
    second.say({ type: 'bytes', stream: 'stdout', position: 8, epoch: 2, bytes: Buffer.from('two\n') });
    output.appendEvent({ event: 'started', run: 2, position: 8 }, 8);
    output.attach(second, 8);
    output.grew(12);
    second.exit();
    output.appendEvent(exited(2, 12), 12);
    output.settle();
    expect(kinds(await readAll(output, { from: 'start', as: 'messages' }))).toEqual([
      'queued',
      'started',
      'one|half',
      'exited',
      'restarting',
      'started',
      'two',
      'exited',
    ]);
    expect(kinds(await readAll(output, { from: 'start', as: 'bytes' }))).toEqual([
      'queued',
      'started',
      'one\nhalf',
      'exited',
      'restarting',
      'started',
      'two\n',
      'exited',
    ]);
    expect(kinds(await readAll(output, { from: 9, as: 'messages' }))).toEqual(['two', 'exited']);
  });

  test('splits bytes where an event stands', async () => {
    const { output, say } = liveOutput();
    say('abcdef');
    output.appendEvent({ event: 'stopping', run: 1, reason: 'killed' }, 3);
    output.settle();
    expect(kinds(await readAll(output, { from: 'start', as: 'bytes' }))).toEqual(['abc', 'stopping', 'def']);
  });

  test('gives statistics to who reads at the moment, the newest only', async () => {
    const { output } = liveOutput();
    const stats = { cpu: 1, rss: 2, vms: 3, swap: 4, time: 5 };
    output.publishStats(stats);
    const reader = new OutputReader(output, { from: 'start', as: 'messages' });
    const waiting = reader.next(100, never);
    output.publishStats({ ...stats, cpu: 2 });
    output.publishStats({ ...stats, cpu: 3 });
    expect(await waiting).toEqual([{ type: 'stats', stats: { ...stats, cpu: 3 } }]);
  });

  test('gives one that stands before a gap before it', async () => {
    const { output, process, say } = liveOutput();
    say('abc');
    process.say({ type: 'gap', from: 3, to: 9 });
    output.grew(9);
    output.appendEvent({ event: 'stopping', run: 1, reason: 'killed' }, 3);
    output.settle();
    expect(kinds(await readAll(output, { from: 'start', as: 'both' }))).toEqual(['abc', 'stopping', 'abc', 'gap']);
  });

  test('loses no event when a read fails after it', async () => {
    const { output, say, process } = liveOutput();
    say('x\n');
    output.appendEvent({ event: 'stopping', run: 1, reason: 'killed' }, 0);
    process.hold = Promise.reject(new Error('broken'));
    const reader = new OutputReader(output, { from: 'start', as: 'messages' });
    expect(kinds((await reader.next(100, never)) ?? [])).toEqual(['stopping']);
    await expect(reader.next(100, never)).rejects.toThrow('broken');
  });

  test('loses no event when a read fails', async () => {
    const { output, say, process } = liveOutput();
    const reader = new OutputReader(output, { from: 'start', as: 'messages' });
    const held = Promise.withResolvers<void>();
    process.hold = held.promise;
    say('x\n');
    const abort = new AbortController();
    const reading = reader.next(100, abort.signal);
    output.appendEvent({ event: 'stopping', run: 1, reason: 'killed' }, 0);
    abort.abort(new Error('enough'));
    held.resolve();
    await expect(reading).rejects.toThrow('enough');
    output.settle();
    expect(kinds(await restOf(reader))).toEqual(['stopping', 'x']);
  });
});

/** Plays items as a job: each run attached, grown in steps, detached after its bytes are in the archive. `move` says how far readers get between. */
async function playJob(
  output: JobOutput,
  archive: FakeOutputArchive,
  items: readonly OutputItem[],
  move: () => number,
): Promise<void> {
  let process: FakeOutputProcess | undefined;
  let run = 0;
  const finish = async (): Promise<void> => {
    if (process === undefined) return;
    const ended = process;
    ended.exit();
    output.appendEvent(exited(run, output.end), output.end);
    await turns(move());
    archive.add('uid', ended.items);
    const hold = Promise.withResolvers<void>();
    ended.hold = hold.promise;
    await turns(move());
    output.detach(ended);
    ended.forget();
    hold.resolve();
  };
  for (const item of items) {
    if (item.type === 'run') {
      await finish();
      ({ run } = item);
      process = new FakeOutputProcess();
      process.say(item);
      output.attach(process, item.position);
      output.appendEvent({ event: 'started', run, position: item.position }, item.position);
    } else {
      process?.say(item);
    }
    output.grew(endOfItems([item]));
    await turns(move());
  }
  await finish();
  output.settle();
}

async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Every run is started, says what it says, and exits, before the next one. */
function expectRunsInOrder(items: readonly ReadingItem[]): void {
  let run = 0;
  let isRunning = false;
  for (const item of items) {
    if (item.type === 'messages') expect([item.run, true]).toEqual([run, isRunning]);
    if (item.type === 'bytes' || item.type === 'gap') expect(isRunning).toBe(true);
    if (item.type !== 'event') continue;
    if (item.event.event === 'started') {
      expect([item.event.run, isRunning]).toEqual([run + 1, false]);
      run += 1;
      isRunning = true;
    } else if (item.event.event === 'exited') {
      expect([item.event.run, isRunning]).toEqual([run, true]);
      isRunning = false;
    }
  }
  expect(isRunning).toBe(false);
}
