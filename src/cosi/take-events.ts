/** How a watch hands out what waits: one by one, or all there is. */
import type { StateEvent } from '../state/event.ts';

export function takeOne(
  waiting: readonly StateEvent[],
  from: number,
): { readonly item: StateEvent; readonly taken: number } {
  const item = waiting[from];
  if (item === undefined) throw new RangeError('Nothing waits');
  return { item, taken: 1 };
}

/** What a watch says by itself at its beginning is told apart from what happened since. */
export function takeMany(
  waiting: readonly StateEvent[],
  from: number,
): { readonly item: readonly StateEvent[]; readonly taken: number } {
  const mark = waiting.findIndex((event, at) => at >= from && (event.type === 'bootstrapped' || event.type === 'noop'));
  const item = waiting.slice(from, mark === -1 ? waiting.length : mark + 1);
  return { item, taken: item.length };
}
