import { isOver, isPending, isUp } from './entry-state.ts';
import type { EntryState } from './entry-state.ts';
import type { StartupGraph } from './graph.ts';
import { isMilestone } from './startup-entry.ts';
import type { Milestone } from './startup-entry.ts';

/** What of an entry's life decides whether a milestone waits for it. */
export interface EntryProgress {
  readonly isTried: boolean;
  readonly standing: { readonly state: EntryState };
}

/**
 * Whether no entry of a stage is still on its way: each is up, can't be, has failed once, takes too long, or only waits for
 * such ones.
 */
export function isStageTried(
  stage: Milestone,
  { order, after, stages }: StartupGraph,
  lives: ReadonlyMap<string, EntryProgress>,
  isReached: (milestone: Milestone) => boolean,
): boolean {
  const onTheirWay = new Set<string>();
  for (const id of order) {
    const life = lives.get(id);
    if (life === undefined || life.isTried || isOver(life.standing.state)) continue;
    const missing = (after.get(id) ?? []).filter((name) =>
      isMilestone(name) ? !isReached(name) : !isUp(lives.get(name)?.standing.state ?? 'invalid'),
    );
    const isStuck = isPending(life.standing.state) && missing.length > 0;
    if (isStuck && !missing.some((name) => isMilestone(name) || onTheirWay.has(name))) continue;
    onTheirWay.add(id);
    if (stages.get(id) === stage) return false;
  }
  return true;
}
