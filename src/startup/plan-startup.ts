import { commandHash } from '../protocol/command.ts';
import { buildGraph } from './graph.ts';
import type { StartupGraph } from './graph.ts';
import { prepareEntry } from './prepare-entry.ts';
import type { PreparedEntry } from './prepare-entry.ts';
import type { StartupEntry } from './startup-entry.ts';
import type { Words } from './words.ts';

/** What is wanted, as it can be done on this machine. */
export interface StartupPlan {
  readonly entries: ReadonlyMap<string, PreparedEntry>;
  readonly graph: StartupGraph;
}

export const EMPTY_PLAN: StartupPlan = { entries: new Map(), graph: buildGraph([]) };

export function planStartup(entries: readonly StartupEntry[], words: Words): StartupPlan {
  const graph = buildGraph(entries);
  const prepared = entries.map((entry): [string, PreparedEntry] => {
    const reason = graph.troubles.get(entry.id);
    return [entry.id, reason === undefined ? prepareEntry(entry, words) : { type: 'invalid', entry, reason }];
  });
  return { entries: new Map(prepared), graph };
}

export interface PlanDifference {
  /** Can be run and could not before. */
  readonly added: readonly string[];
  /** Could be run and can't any more. */
  readonly removed: readonly string[];
  /** What runs is another. */
  readonly changed: readonly string[];
  /** Their jobs stay as they are. */
  readonly kept: readonly string[];
}

export function comparePlans(before: StartupPlan, after: StartupPlan): PlanDifference {
  const [added, removed, changed, kept]: [string[], string[], string[], string[]] = [[], [], [], []];
  for (const [id, entry] of after.entries) {
    const old = before.entries.get(id);
    if (entry.type !== 'ready') continue;
    if (old?.type !== 'ready') added.push(id);
    else (isSameJob(old, entry) ? kept : changed).push(id);
  }
  for (const [id, old] of before.entries) {
    if (old.type === 'ready' && after.entries.get(id)?.type !== 'ready') removed.push(id);
  }
  return { added, removed, changed, kept };
}

function isSameJob(old: PreparedEntry & { type: 'ready' }, entry: PreparedEntry & { type: 'ready' }): boolean {
  return (
    commandHash(old.command) === commandHash(entry.command) &&
    old.command.ttlMs === entry.command.ttlMs &&
    old.entry.protected === entry.entry.protected &&
    JSON.stringify(old.entry.cron) === JSON.stringify(entry.entry.cron)
  );
}
