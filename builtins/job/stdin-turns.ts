import type { JobAccess } from 'corex/builtin';

/** The last append of each job that has one under way. Goes with the engine it belongs to. */
const turns = new WeakMap<JobAccess, Map<string, Promise<unknown>>>();

/** Runs one append after the other: each needs to know where the one before it ended. */
export async function inTurn<T>(jobs: JobAccess, id: string, append: () => Promise<T>): Promise<T> {
  const ofEngine = turns.get(jobs) ?? new Map<string, Promise<unknown>>();
  turns.set(jobs, ofEngine);
  const before = ofEngine.get(id) ?? Promise.resolve();
  const turn = before.then(append, append);
  ofEngine.set(id, turn);
  try {
    return await turn;
  } finally {
    if (ofEngine.get(id) === turn) ofEngine.delete(id);
  }
}
