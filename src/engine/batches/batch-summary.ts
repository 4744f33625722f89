import type { State } from '../../protocol/reasons.ts';
import type { Fate } from './membership.ts';

/** Jobs that failed that a summary names. */
const NAMED_FAILURES = 100;

/** How a batch ended: the `data` of its result. Times are milliseconds. */
export interface BatchSummary {
  /** Commands of the batch. */
  readonly jobs: number;
  /** How many ended with each state, and for each reason. */
  readonly states: Readonly<Record<string, number>>;
  readonly reasons: Readonly<Record<string, number>>;
  /** Jobs that did not succeed. */
  readonly failed: number;
  /** The first 100 of them, in the order of the batch. */
  readonly failures: readonly {
    readonly id: string;
    readonly state: string;
    readonly code: number;
    readonly reason: string;
  }[];
  /** It started no more jobs as one had failed. */
  readonly stopped: boolean;
  /** Start of the first run and end of the last job, since 1970; 0 when nothing ran. */
  readonly started: number;
  readonly ended: number;
}

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
