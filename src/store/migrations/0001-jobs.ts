/**
 * The tables of jobs.
 *
 * - `jobs`: what was accepted. Never changes but for `change`.
 * - `live`: what is kept of a job between its runs. Gone when it settles.
 * - `results`: how it settled.
 * - `history`: one entry under the key `''` and one under each tag, with all that the history can be
 *   searched by, so that a page is found without reading anything else.
 * - `outputs`: what the job's runs wrote and is in no file.
 *
 * Small columns come first: what follows a large one is slow to read.
 */
export const CREATE_JOBS = `
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value ANY
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
  job INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  id TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL,
  name TEXT NOT NULL,
  queue TEXT,
  priority INTEGER NOT NULL,
  accepted_at INTEGER NOT NULL,
  protected INTEGER NOT NULL,
  raw INTEGER NOT NULL,
  title TEXT,
  tags TEXT NOT NULL,
  command TEXT NOT NULL
) STRICT;

CREATE TABLE live (
  job INTEGER PRIMARY KEY,
  run INTEGER,
  place TEXT,
  epoch TEXT,
  runs INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER,
  output_end INTEGER NOT NULL DEFAULT 0,
  output_dropped INTEGER NOT NULL DEFAULT 0,
  final INTEGER NOT NULL DEFAULT 0,
  last_run TEXT
) STRICT;

CREATE TABLE results (
  job INTEGER PRIMARY KEY,
  state TEXT NOT NULL,
  code INTEGER NOT NULL,
  reason TEXT NOT NULL,
  runs INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  output_end INTEGER NOT NULL,
  result TEXT NOT NULL
) STRICT;

CREATE INDEX results_by_expiry ON results (expires_at);

CREATE TABLE history (
  key TEXT NOT NULL,
  ended_at INTEGER NOT NULL,
  job INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  name TEXT NOT NULL,
  queue TEXT,
  PRIMARY KEY (key, ended_at, job)
) STRICT, WITHOUT ROWID;

CREATE TABLE outputs (
  job INTEGER NOT NULL,
  part INTEGER NOT NULL,
  items BLOB NOT NULL,
  PRIMARY KEY (job, part)
) STRICT, WITHOUT ROWID;
`;
