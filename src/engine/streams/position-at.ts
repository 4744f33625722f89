import type { OutputItem } from '../../protocol/output.ts';
import type { JobOutput } from './job-output.ts';

/** Bytes looked at in one place. */
const LOOK_BYTES = 4096;

/**
 * The position of the first byte that arrived at `time` (wall clock, milliseconds) or later; the end of the output
 * when there is none. Of dropped bytes nobody knows when they came: they count with the byte after them. Where the
 * clock was set back meanwhile, it is one of the places that come into question.
 */
export async function positionAt(output: JobOutput, time: number): Promise<number> {
  let low = 0;
  let high = output.end;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const arrival = await arrivalAt(output, middle, high);
    if (arrival === undefined || arrival.epoch >= time) high = Math.min(middle, Math.max(low, arrival?.from ?? middle));
    else low = Math.max(middle + 1, Math.min(high, arrival.to));
  }
  return low;
}

/** Bytes of which one is at the position asked for, or the gap there, with the time when what it is of came. */
interface Arrival {
  readonly from: number;
  readonly to: number;
  readonly epoch: number;
}

async function arrivalAt(output: JobOutput, position: number, end: number): Promise<Arrival | undefined> {
  const slice = await output.read(position, LOOK_BYTES);
  const found = slice.items.map(extentOf).find((extent) => extent !== undefined && extent.to > position);
  slice.release?.();
  if (found?.epoch !== undefined) return { ...found, epoch: found.epoch };
  if (found === undefined || found.to >= end) return undefined;
  const behind = await arrivalAt(output, found.to, end);
  return behind === undefined ? undefined : { from: found.from, to: found.to, epoch: behind.epoch };
}

function extentOf(
  item: OutputItem,
): { readonly from: number; readonly to: number; readonly epoch: number | undefined } | undefined {
  if (item.type === 'run') return undefined;
  if (item.type === 'gap') return { from: item.from, to: item.to, epoch: undefined };
  return { from: item.position, to: item.position + item.bytes.length, epoch: item.epoch };
}
