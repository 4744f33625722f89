import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { JobOutput } from '../../../src/engine/streams/job-output.ts';
import { positionAt } from '../../../src/engine/streams/position-at.ts';
import type { OutputItem } from '../../../src/protocol/output.ts';
import { FakeOutputArchive } from '../../fakes/fake-output-archive.ts';
import { FakeOutputProcess } from '../../fakes/fake-output-process.ts';
import { endOfItems } from '../../fakes/output-items.ts';
import { arbitraryWholeOutput } from './arbitrary-output.ts';

function settled(items: readonly OutputItem[]): JobOutput {
  const archive = new FakeOutputArchive();
  archive.add('uid', items);
  const output = new JobOutput({ uid: 'uid', archive, raw: false, end: endOfItems(items) });
  output.settle();
  return output;
}

const said = (position: number, text: string, epoch: number): OutputItem => ({
  type: 'bytes',
  stream: 'stdout',
  position,
  epoch,
  bytes: Buffer.from(text),
});

describe('positionAt()', () => {
  test('finds the first byte of a time or later, as a look at all of them does', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryWholeOutput, fc.integer({ min: -1, max: 25 }), async (items, time) => {
        const first = items.find((item) => item.type === 'bytes' && item.epoch >= time);
        const expected = first?.type === 'bytes' ? first.position : endOfItems(items);
        expect(await positionAt(settled(items), time)).toBe(expected);
      }),
    );
  });

  test('counts dropped bytes with what came after them', async () => {
    const items: OutputItem[] = [{ type: 'gap', from: 0, to: 10 }, said(10, 'abc', 5), said(13, 'def', 9)];
    expect(await positionAt(settled(items), 5)).toBe(0);
    expect(await positionAt(settled(items), 6)).toBe(13);
    expect(await positionAt(settled(items), 10)).toBe(16);
  });

  test('looks at a live run, too', async () => {
    const output = new JobOutput({ uid: 'uid', archive: new FakeOutputArchive(), raw: false, end: 0 });
    const process = new FakeOutputProcess();
    process.say({ type: 'run', run: 1, position: 0, epoch: 1 });
    output.attach(process, 0);
    process.say(said(0, 'one\n', 100));
    process.say(said(4, 'two\n', 200));
    output.grew(8);
    expect(await positionAt(output, 150)).toBe(4);
    expect(await positionAt(output, 201)).toBe(8);
    expect(await positionAt(output, 0)).toBe(0);
  });
});
