import { errorMessage } from '../protocol/agent-error.ts';
import { parseCommand } from '../protocol/command.ts';
import type { Command } from '../protocol/command.ts';
import type { JsonValue } from '../base/json.ts';
import { judgeCondition } from './conditions.ts';
import { STARTUP_TAG } from './startup-entry.ts';
import type { StartupEntry } from './startup-entry.ts';
import { fillText, fillValue } from './templating.ts';
import type { Words } from './words.ts';

/** What an entry means on this machine. */
export type PreparedEntry =
  | { readonly type: 'ready'; readonly entry: StartupEntry; readonly command: Command & { readonly id: string } }
  /** Its condition doesn't hold. */
  | { readonly type: 'skipped'; readonly entry: StartupEntry; readonly reason: string }
  | { readonly type: 'invalid'; readonly entry: StartupEntry; readonly reason: string };

/** Fills in an entry's templates, then looks at its conditions, once. */
export function prepareEntry(entry: StartupEntry, words: Words): PreparedEntry {
  const judged = judgeCondition(fillText(entry.condition, words), words);
  if (!judged.ok) return { type: 'invalid', entry, reason: judged.message };
  if (!judged.holds) {
    return { type: 'skipped', entry, reason: `its condition "${entry.condition.trim()}" does not hold` };
  }
  const filled = fillValue((entry.command.arguments ?? null) as JsonValue, words);
  if (!filled.ok) return { type: 'invalid', entry, reason: filled.message };
  try {
    const { id } = entry;
    const tags = [...new Set([...(entry.command.tags ?? []), STARTUP_TAG])];
    const command = parseCommand({ ...entry.command, id, tags, arguments: filled.value });
    return { type: 'ready', entry, command: { ...command, id } };
  } catch (error) {
    return { type: 'invalid', entry, reason: errorMessage(error) };
  }
}
