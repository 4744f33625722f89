import { stringify } from 'smol-toml';
import type { ImportedEntry, ImportedStartup } from './imported.ts';

/** Keys in the order in which a person reads them; others follow. */
const ORDER = ['name', 'after', 'condition', 'cron', 'protected', 'max_restart'];

/** The entries as a file of TOML, with what could not be carried over as comments. */
export function startupToml({ entries, notes }: ImportedStartup, heading: readonly string[]): string {
  const head = [...heading, ...notes].flatMap(comment);
  return `${[head.join('\n'), ...entries.map(entryText)].join('\n\n')}\n`;
}

function entryText({ id, section, notes }: ImportedEntry): string {
  const given = Object.entries(section).filter(([, value]) => value !== undefined);
  const sorted = given.toSorted(([a], [b]) => place(a) - place(b));
  const toml = stringify({ startup: { [id]: Object.fromEntries(sorted) } }).trim();
  return [...notes.flatMap(comment), toml].join('\n');
}

function place(key: string): number {
  const at = ORDER.indexOf(key);
  return at === -1 ? ORDER.length : at;
}

/** What a note quotes may hold anything, but a comment ends with its line. */
function comment(text: string): string[] {
  return text.split(/\r?\n/).map((line) => `# ${line.replaceAll(/\p{Cc}/gu, '\u{fffd}')}`.trimEnd());
}
