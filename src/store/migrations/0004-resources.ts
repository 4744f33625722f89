/**
 * - `kinds`: namespaces and types that resources were ever of. `complete`: no event of it after this position was let go.
 * - `resources`: what is stored now.
 * - `events`: what happened to resources, the newest of each kind. `old` is what was stored before an update.
 *
 * What is stored of a resource is one piece of bytes whose form is not the store's business. Names never change and can
 * be long, so kinds go by a number.
 */
export const CREATE_RESOURCES = `
CREATE TABLE kinds (
  kind INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL,
  type TEXT NOT NULL,
  complete INTEGER NOT NULL DEFAULT 0,
  UNIQUE (namespace, type)
) STRICT;

CREATE TABLE resources (
  resource INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  id TEXT NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE (kind, id)
) STRICT;

CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  id TEXT NOT NULL,
  bytes BLOB NOT NULL,
  old BLOB
) STRICT;

CREATE INDEX events_by_kind ON events (kind, position);
`;
