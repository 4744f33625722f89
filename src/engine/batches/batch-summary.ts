import type { BatchSummary } from '../../protocol/batch-summary.ts';
import type { State } from '../../protocol/reasons.ts';
import type { Fate } from './membership.ts';

/** Jobs that failed that a summary names. */
const NAMED_FAILURES = 100;

const SUCCESS: State = 'SUCCESS';

export function isFailure(fate: Fate): boolean {
  return fate.state !== SUCCESS;
}

/** `ids` in the order of the batch; those without a fate are not counted. */
export function summarize(ids: readonly string[], fates: ReadonlyMap<string, Fate>, stopped: boolean): BatchSummary {
  const states: Record<string, number> = {};
  const reasons: Record<string, number> = {};
  const failures: BatchSummary['failures'][number][] = [];
  let failed = 0;
  let started = Infinity;
  let ended = 0;
  for (const id of ids) {
    const fate = fates.get(id);
    if (fate === undefined) continue;
    const { state, code, reason } = fate;
    states[state] = (states[state] ?? 0) + 1;
    reasons[reason] = (reasons[reason] ?? 0) + 1;
    if (fate.startedAt > 0) started = Math.min(started, fate.startedAt);
    ended = Math.max(ended, fate.endedAt);
    if (!isFailure(fate)) continue;
    failed += 1;
    if (failures.length < NAMED_FAILURES) failures.push({ id, state, code, reason });
  }
  return {
    jobs: ids.length,
    states,
    reasons,
    failed,
    failures,
    stopped,
    started: started === Infinity ? 0 : started,
    ended,
  };
}
