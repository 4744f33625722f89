import { describe, expect, test } from 'vitest';

import { EarlyOutput } from '../../../src/host/keeper-client/early-output.ts';
import type { OutputItem } from '../../../src/protocol/output.ts';

const START = 100;
const mark: OutputItem = { type: 'run', run: 2, position: START, epoch: 5 };

function said(position: number, text: string): OutputItem {
  return { type: 'bytes', stream: 'stdout', position, epoch: 5, bytes: Buffer.from(text) };
}

function early(): EarlyOutput {
  const output = new EarlyOutput(START);
  output.add(START, { items: [mark, said(100, 'one '), said(104, 'two ')], next: 108, ended: false });
  output.add(108, { items: [{ type: 'gap', from: 108, to: 110 }, said(110, 'three')], next: 115, ended: true });
  return output;
}

describe('EarlyOutput', () => {
  test('gives what was told, with the mark of the run before its first byte only', () => {
    expect(early().read(START, 1_000)).toEqual({
      items: [mark, said(100, 'one '), said(104, 'two '), { type: 'gap', from: 108, to: 110 }, said(110, 'three')],
      next: 115,
      ended: true,
    });
    expect(early().read(102, 1_000)?.items[0]).toEqual(said(102, 'e '));
  });

  test('gives at most what is asked for, and the rest from there on', () => {
    expect(early().read(START, 6)).toEqual({
      items: [mark, said(100, 'one '), said(104, 'tw')],
      next: 106,
      ended: false,
    });
    expect(early().read(106, 3)).toEqual({
      items: [said(106, 'o '), { type: 'gap', from: 108, to: 110 }],
      next: 110,
      ended: false,
    });
    expect(early().read(110, 5)).toEqual({ items: [said(110, 'three')], next: 115, ended: true });
  });

  test('says at its end that it is the end, and before that nothing', () => {
    expect(early().read(115, 10)).toEqual({ items: [], next: 115, ended: true });
    const open = new EarlyOutput(START);
    expect(open.read(START, 10)).toBeUndefined();
    open.add(START, { items: [mark, said(100, 'x')], next: 101, ended: false });
    expect(open.read(101, 10)).toBeUndefined();
    expect(open.read(105, 10)).toBeUndefined();
  });

  test('of a run that said nothing is its mark', () => {
    const output = new EarlyOutput(START);
    output.add(START, { items: [mark], next: START, ended: true });
    expect(output.read(START, 10)).toEqual({ items: [mark], next: START, ended: true });
  });

  test('leaves out what does not follow what it has', () => {
    const output = new EarlyOutput(START);
    output.add(103, { items: [said(103, 'late')], next: 107, ended: true });
    expect([output.size, output.read(START, 10)]).toEqual([0, undefined]);
  });
});
