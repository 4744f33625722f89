import fc from 'fast-check';
import type { OutputItem, OutputStream } from '../../../src/protocol/output.ts';
import { endOfItems } from '../../fakes/output-items.ts';

const tokens = [
  '\n',
  '\n',
  'a',
  '5::',
  '20:::',
  ':::',
  '\n:::\n',
  ':',
  '2',
  '300::',
  'é',
  '😀',
  '::',
  '007::',
  '\r',
].map((text) => Buffer.from(text));
const bytes = fc
  .array(fc.constantFrom(...tokens, Buffer.from([0xff]), Buffer.from([0x98])), { minLength: 1, maxLength: 12 })
  .map((parts) => Buffer.concat(parts));
const stream = fc.constantFrom<OutputStream>('stdout', 'stdout', 'stderr', 'pty');

type Piece = { readonly stream: OutputStream; readonly bytes: Buffer } | 'run' | number;

const pieces = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.record({ stream, bytes }) },
    { weight: 2, arbitrary: fc.constant('run' as const) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }) },
  ),
  { maxLength: 20 },
);

/** A job's whole output: several runs and streams, lines and blocks left open, gaps, broken characters. */
export const arbitraryOutput = pieces.map(toItems);

/** The same without gaps. */
export const arbitraryWholeOutput = pieces.map((all) => toItems(all.filter((piece) => typeof piece !== 'number')));

function toItems(all: readonly Piece[]): OutputItem[] {
  const items: OutputItem[] = [{ type: 'run', run: 1, position: 0, epoch: 1 }];
  let run = 1;
  for (const [index, piece] of all.entries()) {
    const position = endOfItems(items);
    if (piece === 'run') items.push({ type: 'run', run: (run += 1), position, epoch: index });
    else if (typeof piece === 'number') items.push({ type: 'gap', from: position, to: position + piece });
    else items.push({ type: 'bytes', position, epoch: index, ...piece });
  }
  return items;
}

/** The same output in other pieces: every run of bytes is cut where `cuts` (0 to 1 each) say. */
export function resplit(items: readonly OutputItem[], cuts: readonly number[]): OutputItem[] {
  let at = 0;
  return items.flatMap((item) => {
    if (item.type !== 'bytes') return [item];
    const parts: OutputItem[] = [];
    let { bytes: left, position } = item;
    while (left.length > 0) {
      const length = 1 + Math.floor((cuts[at++ % Math.max(1, cuts.length)] ?? 1) * left.length * 0.999);
      parts.push({ ...item, position, bytes: left.subarray(0, length) });
      left = left.subarray(length);
      position += length;
    }
    return parts;
  });
}
