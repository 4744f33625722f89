import type { Paint } from '../paint.ts';

/** The lines that show what would be run: the program, each argument on a line of its own, and what stands around them. */
export function shownCommand(args: unknown, paint: Paint): string[] {
  const { name, args: words, dir, env, stdin, ...rest } = args as Readonly<Record<string, unknown>>;
  const list = Array.isArray(words) ? words : [];
  const row = (label: string, text: string): string => `${paint('dim', label.padEnd(10))}${text}`;
  return [
    row('program', quoted(name)),
    ...list.map((word, index) => row(`arg ${index + 1}`, quoted(word))),
    ...(dir === undefined ? [] : [row('directory', quoted(dir))]),
    ...Object.entries(env ?? {}).map(([key, value]) => row('variable', `${key}=${quoted(value)}`)),
    ...(stdin === undefined ? [] : [row('stdin', quoted(stdin))]),
    ...Object.entries(rest).map(([key, value]) => row(key, JSON.stringify(value))),
  ];
}

/** As a shell would have to read it: plain where that is clear, else between quotes. */
function quoted(value: unknown): string {
  const text = String(value);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
