import { assertNever } from '../../base/assert-never.ts';
import type { Condition } from '../../protocol/dependency.ts';
import type { State } from '../../protocol/reasons.ts';

/** How far a job that others wait for has come. */
export interface JobProgressFacts {
  /** A run of it began. */
  readonly hasStarted: boolean;
  /** How it ended for good; undefined while it is live. */
  readonly ended: State | undefined;
}

/** It holds for good · it may hold later · it never will. */
export type Verdict = 'holds' | 'open' | 'never';

/** Whether a job has come as far as a condition says. `facts` is undefined for one that ended and was forgotten. */
export function judge(condition: Condition, facts: JobProgressFacts | undefined): Verdict {
  if (facts === undefined) return condition === 'done' ? 'holds' : 'never';
  const { hasStarted, ended } = facts;
  const isOver = ended !== undefined;
  switch (condition) {
    case 'done':
      return isOver ? 'holds' : 'open';
    case 'started':
      if (hasStarted) return 'holds';
      return isOver ? 'never' : 'open';
    case 'success':
      if (!isOver) return 'open';
      return ended === 'SUCCESS' ? 'holds' : 'never';
    default:
      return assertNever(condition);
  }
}
