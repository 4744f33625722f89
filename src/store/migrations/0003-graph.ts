/**
 * - `met`: the dependencies of a live job, by their place in its command, that came as far as they had to: the jobs they
 *   name may be forgotten before the others have come so far. Gone when the job settles.
 * - `members`: the jobs of live batches and how they ended, also when the jobs themselves are forgotten. Gone when the
 *   batch settles. `job` is missing for one that existed before its batch; the row of id '' says that the batch is to end.
 */
export const CREATE_GRAPH = `
CREATE TABLE met (
  job INTEGER NOT NULL,
  dependency INTEGER NOT NULL,
  PRIMARY KEY (job, dependency)
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
  batch TEXT NOT NULL,
  id TEXT NOT NULL,
  job INTEGER,
  width INTEGER,
  stops INTEGER NOT NULL,
  state TEXT,
  code INTEGER,
  reason TEXT,
  started_at INTEGER,
  ended_at INTEGER,
  PRIMARY KEY (batch, id)
) STRICT, WITHOUT ROWID;
`;
