import type { StartupStatus } from '../engine/startup-access.ts';
import type { JobInfo } from '../protocol/job-info.ts';
import type { EntryLife } from './entry-life.ts';
import type { StartupGraph } from './graph.ts';
import type { StartupEntry } from './startup-entry.ts';

/** Longest title, in characters. */
const TITLE_LENGTH = 200;

/** What callers are told of an entry. `info` is of its live job. */
export function describeEntry(life: EntryLife, graph: StartupGraph, info: JobInfo | undefined): StartupStatus {
  const { entry, standing, last, missed = 0 } = life;
  const { state, why, names, since } = standing;
  const runs = info?.runs ?? last?.runs;
  const next = life.next ?? info?.next;
  return {
    id: entry.id,
    state,
    ...(why === undefined ? {} : { why }),
    ...(names.length === 0 ? {} : { waiting: names }),
    after: entry.after.length === 0 ? ['boot'] : entry.after,
    stage: graph.stages.get(entry.id) ?? 'boot',
    command: info?.title ?? titleOf(entry),
    since,
    ...(info?.pid === undefined ? {} : { pid: info.pid }),
    ...(runs === undefined ? {} : { runs }),
    ...(next === undefined ? {} : { next }),
    ...(last === undefined ? {} : { last: { state: last.state, code: last.code, reason: last.reason } }),
    ...(missed === 0 ? {} : { missed }),
    ...(entry.protected ? { protected: true } : {}),
    source: entry.source,
    from: entry.from ?? 'file',
  };
}

/** What an entry without a live job runs: the program with its arguments where it is one, else the command's name. */
function titleOf({ command }: StartupEntry): string {
  const { name, args } = (command.arguments ?? {}) as { readonly name?: unknown; readonly args?: unknown };
  if (typeof name !== 'string') return command.command;
  const words = Array.isArray(args) ? args.filter((word) => typeof word === 'string') : [];
  return [name, ...words].join(' ').replaceAll(/\s+/g, ' ').slice(0, TITLE_LENGTH);
}
