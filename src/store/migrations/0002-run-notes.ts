/**
 * - `notes`: what is kept of a job's live run for the next agent, replaced about once a second. In a table of its own,
 *   as `live` is read and written more often and is to stay small. Gone with the run's outcome.
 */
export const CREATE_RUN_NOTES = `
CREATE TABLE notes (
  job INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT;
`;
