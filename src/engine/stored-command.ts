/** A job's command as the store keeps it: as it was asked, and what it came down to. */
import type { JsonObject } from '../base/json.ts';
import { parseTrustedJson } from '../base/json.ts';
import { parseCommand, toWire } from '../protocol/command.ts';
import type { Command } from '../protocol/command.ts';
import type { DerivedCommand } from './process.ts';

/** Where the derived command stands beside the fields of the wire, which has none of this name. */
const DERIVED = '$derived';

export function writeStoredCommand(command: Command, derived: DerivedCommand | undefined): string {
  const wire = toWire(command);
  return JSON.stringify(derived === undefined ? wire : { ...wire, [DERIVED]: derived });
}

/** Errors: AgentError `bad-command` and SyntaxError for what no version like this one wrote. */
export function readStoredCommand(text: string): {
  readonly command: Command;
  readonly derived: DerivedCommand | undefined;
} {
  const { [DERIVED]: derived, ...wire } = parseTrustedJson(text) as JsonObject;
  return { command: parseCommand(wire), derived: derived as unknown as DerivedCommand | undefined };
}
