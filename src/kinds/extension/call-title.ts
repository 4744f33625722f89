import type { JsonValue } from '../../base/json.ts';

/** Longest title, in characters. */
const TITLE_LENGTH = 200;

/** A command and its arguments in one line: blanks and line ends stand as one blank, what is too long is cut. */
export function callTitle(name: string, args: JsonValue | undefined): string {
  const members = typeof args === 'object' && args !== null ? Object.entries(args) : [];
  // Values may be megabytes; no more of them is looked at than can be shown.
  const words = members.slice(0, TITLE_LENGTH).map(([key, value]) => `${key}=${shown(value)}`);
  const line = [name, ...words].join(' ').replaceAll(/\s+/g, ' ').trim();
  return line.length > TITLE_LENGTH ? `${line.slice(0, TITLE_LENGTH - 1)}…` : line;
}

function shown(value: JsonValue): string {
  if (typeof value === 'string') return value.slice(0, TITLE_LENGTH);
  if (Array.isArray(value)) return value.slice(0, TITLE_LENGTH).map(shown).join(',');
  return JSON.stringify(value).slice(0, TITLE_LENGTH);
}
