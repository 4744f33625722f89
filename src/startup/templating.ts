/** Fills in what is only known on the machine: `{KEY}` in texts, and keys that stand under a condition. */
import type { JsonValue } from '../base/json.ts';
import { judgeCondition } from './conditions.ts';
import type { Words } from './words.ts';

export type Filled =
  { readonly ok: true; readonly value: JsonValue } | { readonly ok: false; readonly message: string };

const TEMPLATE = /\{\{([\w.-]+)\}\}|(\$?)\{([\w.-]+)\}/g;

/**
 * Replaces each `{KEY}` by the value of that name. A name nobody knows stays as it is, and so does `${KEY}`, which is
 * for shells. `{{KEY}}` of a known name gives `{KEY}`. Values are not looked through again.
 */
export function fillText(text: string, words: Words): string {
  return text.replaceAll(TEMPLATE, (whole, kept: string | undefined, dollar: string, name: string) => {
    if (kept !== undefined) return words.find(kept) === undefined ? whole : `{${kept}}`;
    return dollar === '$' ? whole : (words.find(name) ?? whole);
  });
}

/**
 * Fills every text in a value, however deep. Of keys such as `condition|key` those are kept, as `key`, whose condition
 * holds; it may hold templates, too. What is no text stays as it is.
 */
export function fillValue(value: JsonValue, words: Words): Filled {
  try {
    return { ok: true, value: fill(value, words) };
  } catch (error) {
    if (error instanceof BadKey) return { ok: false, message: error.message };
    throw error;
  }
}

class BadKey extends Error {}

function fill(value: JsonValue, words: Words): JsonValue {
  if (typeof value === 'string') return fillText(value, words);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((item) => fill(item, words));
  const filled = new Map<string, JsonValue>();
  for (const [written, member] of Object.entries(value)) {
    const key = keyOf(written, words);
    if (key === undefined) continue;
    if (filled.has(key)) throw new BadKey(`Cannot tell which value "${key}" has: more than one condition of it holds`);
    filled.set(key, fill(member, words));
  }
  return Object.fromEntries<JsonValue>(filled);
}

/** The key as it is meant; undefined when its condition doesn't hold. */
function keyOf(written: string, words: Words): string | undefined {
  const bar = written.indexOf('|');
  if (bar === -1) return written;
  const judged = judgeCondition(fillText(written.slice(0, bar), words), words);
  if (!judged.ok) throw new BadKey(`${judged.message}, of the key "${written}"`);
  return judged.holds ? written.slice(bar + 1).trim() : undefined;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
