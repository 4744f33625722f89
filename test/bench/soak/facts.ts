import type { Facts } from '../../../bench/soak/facts.ts';
import type { JournalRun } from '../../../bench/soak/journal.ts';
import type { Plan } from '../../../bench/soak/plan.ts';
import type { JobResult } from '../../../src/protocol/result.ts';

/** A plan of a job that says nothing, sent at 1,000 and ended by 2,000. */
export function planOf(more: Partial<Plan> = {}): Plan {
  return {
    id: 'a.1',
    kind: 'short',
    command: { command: 'core.system', id: 'a.1' },
    output: { type: 'none' },
    readers: 0,
    mayBeShot: true,
    ...more,
  };
}

/** What a program wrote that began at 1,100 and ended at 1,900. */
export function runOf(run = 1, more: Partial<JournalRun> = {}): JournalRun {
  return {
    key: `u.${run}`,
    uid: 'u',
    run,
    id: 'a.1',
    pid: 10,
    beganAt: 1100,
    begun: 1,
    wrote: 0,
    left: [],
    end: { at: 1900, exit: { code: 0 } },
    ...more,
  };
}

/** A program that never wrote down how it ended. */
export function runWithoutEnd(run = 1): JournalRun {
  const { end: _end, ...rest } = runOf(run);
  return rest;
}

export function resultOf(more: Partial<JobResult> = {}): JobResult {
  return {
    id: 'a.1',
    command: 'core.system',
    data: '',
    streams: ['', ''],
    level: 0,
    state: 'SUCCESS',
    code: 0,
    starttime: 1,
    time: 800,
    tags: [],
    container: 0,
    reason: 'exited',
    exit: { code: 0 },
    runs: 1,
    output: { bytes: 0, dropped: 0 },
    output_open: false,
    cleanup: 'group',
    survivors: [],
    ...more,
  };
}

/** The result of a run whose owner died. */
export function lostResult(): JobResult {
  const { exit: _exit, ...rest } = resultOf({ state: 'ERROR', code: 503, reason: 'lost' });
  return rest;
}

export function factsOf(more: Partial<Facts> = {}): Facts {
  return {
    plan: planOf(),
    result: resultOf(),
    sentAt: 1000,
    resultAt: 2000,
    runs: [runOf()],
    asked: [],
    shots: new Map(),
    losses: [],
    absences: [],
    ...more,
  };
}
