import { describe, expect, test } from 'vitest';
import { JobOutput } from '../../../src/engine/streams/job-output.ts';
import type { OutputItem } from '../../../src/protocol/output.ts';
import { FakeOutputArchive } from '../../fakes/fake-output-archive.ts';
import { FakeOutputProcess } from '../../fakes/fake-output-process.ts';

const run = (number: number, position: number): OutputItem => ({ type: 'run', run: number, position, epoch: 1 });
const said = (position: number, text: string): OutputItem => ({
  type: 'bytes',
  stream: 'stdout',
  position,
  epoch: 1,
  bytes: Buffer.from(text),
});
const textOf = (items: readonly OutputItem[]): string =>
  items.map((item) => (item.type === 'bytes' ? Buffer.from(item.bytes).toString() : item.type)).join(' ');

function job(end = 0): { output: JobOutput; archive: FakeOutputArchive } {
  const archive = new FakeOutputArchive();
  return { output: new JobOutput({ uid: 'uid', archive, raw: false, end }), archive };
}

/** A run that said something, attached. */
function attached(output: JobOutput, items: readonly OutputItem[], start = 0): FakeOutputProcess {
  const process = new FakeOutputProcess();
  process.say(...items);
  output.attach(process, start);
  output.grew(process.end);
  return process;
}

describe('JobOutput', () => {
  test('reads finished runs from the archive and the live one from its process', async () => {
    const { output, archive } = job(4);
    archive.add('uid', [run(1, 0), said(0, 'one\n')]);
    const process = attached(output, [run(2, 4), said(4, 'two\n')], 4);
    expect(output.end).toBe(8);
    const first = await output.read(0, 100);
    expect([textOf(first.items), first.next, first.ended]).toEqual(['run one\n', 4, false]);
    const second = await output.read(4, 100);
    expect([textOf(second.items), second.next, second.ended]).toEqual(['run two\n', 8, false]);
    expect([archive.reads, process.reads]).toEqual([1, 1]);
  });

  test('never gives what the archive has of the live run', async () => {
    const { output, archive } = job(4);
    const more = [said(0, 'one\ntw'), run(2, 6), { type: 'gap' as const, from: 6, to: 9 }];
    archive.read = async () => ({ items: more, next: 9, ended: true });
    attached(output, [run(2, 4), said(4, 'two\n')], 4);
    const slice = await output.read(0, 100);
    expect([textOf(slice.items), slice.next]).toEqual(['one\n', 4]);
  });

  test('reaches as far as was read, though less was told', async () => {
    const { output } = job();
    const process = attached(output, [said(0, 'told')]);
    process.say(said(4, ' late'));
    expect([output.end, output.reach]).toEqual([4, 4]);
    await output.read(0, 100);
    expect([output.end, output.reach]).toEqual([4, 9]);
  });

  test('ends only when it is settled and all was read', async () => {
    const { output, archive } = job();
    const process = attached(output, [said(0, 'x')]);
    process.exit();
    expect(await output.read(1, 100)).toMatchObject({ items: [], next: 1, ended: false, runEnded: true });
    archive.add('uid', process.items);
    output.detach(process);
    expect(await output.read(1, 100)).toMatchObject({ ended: false, runEnded: false });
    output.settle();
    expect(output.settled).toBe(true);
    expect(await output.read(0, 100)).toMatchObject({ next: 1, ended: true });
  });

  test('answers from the archive a read that was under way when the run was let go', async () => {
    const { output, archive } = job();
    const process = attached(output, [said(0, 'all of it')]);
    const held = Promise.withResolvers<void>();
    process.hold = held.promise;
    const reading = output.read(0, 100);
    archive.add('uid', process.items);
    output.detach(process);
    process.forget();
    held.resolve();
    expect(textOf((await reading).items)).toBe('all of it');
  });

  test('answers from the archive when a read fails because the run was let go', async () => {
    const { output, archive } = job();
    const process = attached(output, [said(0, 'all')]);
    const held = Promise.withResolvers<void>();
    process.hold = held.promise;
    const reading = output.read(0, 100);
    archive.add('uid', process.items);
    output.detach(process);
    held.reject(new Error('gone'));
    expect(textOf((await reading).items)).toBe('all');
  });

  test('passes on what a live process’s read fails with', async () => {
    const { output } = job();
    const process = attached(output, [said(0, 'all')]);
    process.hold = Promise.reject(new Error('broken'));
    await expect(output.read(0, 100)).rejects.toThrow('broken');
  });

  test('gives as a gap what nobody has any more', async () => {
    const { output, archive } = job(20);
    archive.add('uid', [said(0, 'kept')]);
    expect((await output.read(0, 100)).items.at(-1)).toEqual({ type: 'gap', from: 4, to: 20 });
    expect((await output.read(7, 100)).items).toEqual([{ type: 'gap', from: 7, to: 20 }]);
  });

  test('rejects with the reason of an aborted signal', async () => {
    const { output } = job(5);
    await expect(output.read(0, 10, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });

  test('ignores the detaching of a process that was replaced', async () => {
    const { output } = job();
    const first = attached(output, [said(0, 'a')]);
    attached(output, [said(1, 'b')], 1);
    output.detach(first);
    expect(textOf((await output.read(1, 10)).items)).toBe('b');
  });

  test('wakes who waits at every change, once, and at once when there was one already', () => {
    const { output } = job();
    const woken: string[] = [];
    output.onChange(output.version, () => woken.push('a'));
    const stop = output.onChange(output.version, () => woken.push('b'));
    stop();
    const { version } = output;
    output.grew(3);
    output.grew(3);
    output.grew(2);
    output.grew(4);
    expect(woken).toEqual(['a']);
    output.onChange(version, () => woken.push('c'));
    expect(woken).toEqual(['a', 'c']);
  });

  test('keeps the newest events, with their places, and of those that repeat themselves the last', () => {
    const { output } = job();
    for (let offset = 0; offset < 100; offset += 1) output.appendEvent({ event: 'stdin', offset }, 0);
    output.appendEvent({ event: 'unscheduled' }, 10);
    expect(output.end).toBe(10);
    expect(output.events.from(0)).toEqual({ number: 99, event: { event: 'stdin', offset: 99 }, position: 0 });
    expect(output.events.firstAt(5)).toBe(100);
    expect(output.events.firstAt(11)).toBe(101);
    for (let run = 0; run < 64; run += 1) output.appendEvent({ event: 'stopping', run, reason: 'killed' }, 10);
    expect(output.events.from(0)?.event).toEqual({ event: 'stopping', run: 0, reason: 'killed' });
  });
});
