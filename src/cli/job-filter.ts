/** The states that `corex ps --state` knows: of live jobs, and of ended ones. */
import type { JobInfo } from '../protocol/job-info.ts';
import type { State } from '../protocol/reasons.ts';

const LIVE = ['queued', 'starting', 'running', 'stopping', 'waiting'] as const satisfies JobInfo['state'][];
const SETTLED = { success: 'SUCCESS', error: 'ERROR', timeout: 'TIMEOUT', killed: 'KILLED' } as const satisfies Record<
  string,
  State
>;

export const JOB_FILTER_STATES: readonly string[] = [...LIVE, ...Object.keys(SETTLED)];

/** Which live and which ended jobs are asked for; undefined: none of them. */
export interface ChosenStates {
  readonly live: 'all' | JobInfo['state'][] | undefined;
  readonly settled: 'all' | State[] | undefined;
}

/** A state that only ended jobs have asks for those; without any state, `all` does. */
export function chooseStates(names: readonly string[], all: boolean): ChosenStates {
  if (names.length === 0) return { live: 'all', settled: all ? 'all' : undefined };
  const live = LIVE.filter((state) => names.includes(state));
  const settled = Object.entries(SETTLED).flatMap(([name, state]) => (names.includes(name) ? [state] : []));
  return { live: live.length === 0 ? undefined : live, settled: settled.length === 0 ? undefined : settled };
}
