/** What a configuration that is wrong in places must not end: entries that were right before. */
import { planStartup } from './plan-startup.ts';
import type { StartupPlan } from './plan-startup.ts';
import type { DesiredStartup, StartupEntry, StartupProblem } from './startup-entry.ts';
import type { Words } from './words.ts';

/**
 * What is wanted now, with what was known before in place of what can't be read or can't be started any more. Each such
 * entry is among the problems.
 */
export function keepKnown(before: StartupPlan, desired: DesiredStartup, words: Words): DesiredStartup {
  const unreadable = new Set(desired.problems.filter(({ isUnreadable }) => isUnreadable).map(({ source }) => source));
  const named = new Set(desired.entries.map(({ id }) => id));
  const gone = readyEntries(before).filter(({ id, source }) => unreadable.has(source) && !named.has(id));
  const all = [...desired.entries, ...gone];
  const after = planStartup(all, words);
  const exchanged = all.map((entry) => {
    const old = before.entries.get(entry.id);
    const now = after.entries.get(entry.id);
    return old?.type === 'ready' && now?.type === 'invalid' ? old.entry : entry;
  });
  // What it came after may be gone: then it can't be as it was, either.
  const kept = planStartup(exchanged, words);
  const problems: StartupProblem[] = [];
  const entries = all.map((entry, at) => {
    const { id, source, from } = entry;
    const [now, instead] = [after.entries.get(id), kept.entries.get(id)];
    if (exchanged[at] === entry || now?.type !== 'invalid' || instead?.type !== 'ready') return entry;
    const message = `"startup.${id}" stays as it was: ${now.reason}`;
    problems.push({ id, source, message, ...(from === undefined ? {} : { from }) });
    return instead.entry;
  });
  return { entries, problems: [...desired.problems, ...problems] };
}

function readyEntries(plan: StartupPlan): StartupEntry[] {
  return [...plan.entries.values()].flatMap(({ type, entry }) => (type === 'ready' ? [entry] : []));
}
