import { nearestName } from '../base/nearest-name.ts';
import type { CommandRow } from './cli-command.ts';
import { UsageError } from './cli-error.ts';

/** The row of a command. Errors: UsageError that names the nearest. */
export function findCommand(commands: readonly CommandRow[], name: string): CommandRow {
  const row = commands.find((candidate) => candidate.name === name);
  if (row !== undefined) return row;
  const nearest = nearestName(
    name,
    commands.map((candidate) => candidate.name),
  );
  const hint = nearest === undefined ? '' : `, did you mean "corex ${nearest}"?`;
  const what = name.startsWith('-') ? 'option' : 'command';
  throw new UsageError(`Cannot read the command line: unknown ${what} "${name}"${hint}`, [
    'corex help lists all commands',
  ]);
}
