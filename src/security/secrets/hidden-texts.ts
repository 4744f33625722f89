import { spellings } from '../../telemetry/spellings.ts';

/** Shorter values stand in too many harmless places to be looked for; so do shorter parts and spellings of a value. */
const SHORTEST_VALUE = 4;
const SHORTEST_PART = 8;

/** A longer value is no password: nobody writes it in other ways than as it is. */
const LONGEST_SPELLED = 4096;

/** Of a value with more lines only so many are looked for one by one. */
const MOST_LINES = 100;

/** What stands around a key in a file of its own; it tells nothing. */
const ARMOUR = /^-----[A-Z0-9 ]+-----$/;

/**
 * The texts by which a secret value could be read in what a program writes: the value, the spellings that are common, and
 * of a value of several lines each that is long enough, as terminals and logs change what stands between them. None for a
 * value of less than 4 characters.
 */
export function hiddenTexts(value: string): string[] {
  if (value.length < SHORTEST_VALUE) return [];
  const others = value.length > LONGEST_SPELLED ? [] : spellings(value).filter((form) => form.length >= SHORTEST_PART);
  return [...new Set([value, ...others, ...linesOf(value)])];
}

function linesOf(value: string): string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  if (lines.length === 1) return [];
  return lines.filter((line) => line.length >= SHORTEST_PART && !ARMOUR.test(line)).slice(0, MOST_LINES);
}
