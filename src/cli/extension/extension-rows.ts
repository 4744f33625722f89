import type { Column } from '../table.ts';

/** A manifest as the agent tells of it. */
export interface ExtensionEntry {
  readonly name: string;
  readonly sort: string;
  readonly state: string;
  readonly source: string;
  readonly summary?: string;
  readonly commands: readonly string[];
  readonly reason?: string;
  readonly warnings: readonly string[];
}

export const EXTENSION_COLUMNS: readonly Column<ExtensionEntry>[] = [
  { title: 'NAME', value: ({ name }) => name, shrinkTo: 12 },
  { title: 'STATE', value: ({ state }) => state, look: ({ state }) => (state === 'loaded' ? 'good' : 'bad') },
  { title: 'COMMANDS', value: ({ commands, name }) => otherThan(name, commands), shrinkTo: 10, dropFirst: 2 },
  { title: 'FROM', value: ({ source }) => source, shrinkTo: 12, dropFirst: 1 },
  { title: 'WHAT', value: ({ summary, reason }) => reason ?? summary ?? '', shrinkTo: 20 },
];

/** An extension's only command has its own name. */
function otherThan(name: string, commands: readonly string[]): string {
  return commands.filter((command) => command !== name).join(' ');
}
