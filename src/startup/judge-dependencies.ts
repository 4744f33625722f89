import { isUp, isOver } from './entry-state.ts';
import type { EntryState } from './entry-state.ts';

/** Whether an entry may start, by what it comes after. */
export type DependencyVerdict =
  | { readonly type: 'ready' }
  /** These are not there yet and may still come by themselves. */
  | { readonly type: 'waiting'; readonly for: readonly string[] }
  /** These will not come unless something is done about them. */
  | { readonly type: 'blocked'; readonly by: readonly string[] };

/** `stateOf` a milestone is `running` when it was reached, else `waiting`. */
export function judgeDependencies(after: readonly string[], stateOf: (name: string) => EntryState): DependencyVerdict {
  const missing = after.filter((name) => !isUp(stateOf(name)));
  if (missing.length === 0) return { type: 'ready' };
  const by = missing.filter((name) => isOver(stateOf(name)));
  return by.length === 0 ? { type: 'waiting', for: missing } : { type: 'blocked', by };
}
