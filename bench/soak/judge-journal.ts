import type { Journal, JournalRun } from './journal.ts';
import type { Plan } from './plan.ts';

/** What the journal shows that must never be, one sentence each. */
export function judgeJournal(journal: Journal, plans: ReadonlyMap<string, Plan>): string[] {
  return [...twice(journal.runs), ...manyUids(journal, plans), ...crowdedQueues(journal.runs, plans)];
}

/** At most once: no key begins again, not after any crash. */
function twice(runs: readonly JournalRun[]): string[] {
  return runs.filter(({ begun }) => begun > 1).map(({ key, begun }) => `Run ${key} began ${begun} times`);
}

/** An id is accepted once, so all its runs have one uid. */
function manyUids(journal: Journal, plans: ReadonlyMap<string, Plan>): string[] {
  return [...plans.keys()]
    .filter((id) => journal.uidsOf(id).size > 1)
    .map((id) => `Job ${id} ran under several uids: ${[...journal.uidsOf(id)].join(', ')}`);
}

/** A queue of width one has one job at a time, also over crashes. Runs without an end of their own say too little. */
function crowdedQueues(runs: readonly JournalRun[], plans: ReadonlyMap<string, Plan>): string[] {
  const ended = runs.filter(({ id, end }) => end !== undefined && typeof plans.get(id)?.command.queue === 'string');
  const byQueue = Map.groupBy(ended, ({ id }) => plans.get(id)?.command.queue ?? '');
  return [...byQueue].flatMap(([queue, members]) => {
    const inOrder = members.toSorted((one, other) => one.beganAt - other.beganAt);
    return inOrder.slice(1).flatMap((run, at) => {
      const before = inOrder[at];
      if (before?.end === undefined || before.end.at <= run.beganAt) return [];
      return [`Queue ${queue} had ${before.key} until ${before.end.at} and ${run.key} from ${run.beganAt}`];
    });
  });
}
