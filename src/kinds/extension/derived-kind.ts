/** Commands that come down to a `core.system` one. */
import type { ProcessFactory } from '../../engine/process.ts';
import type { JsonValue } from '../../base/json.ts';
import { parseCommand, toWire } from '../../protocol/command.ts';
import type { Command, WireCommand } from '../../protocol/command.ts';
import { SYSTEM_COMMAND, type SystemArguments } from '../system/system-arguments.ts';

export interface Derivation {
  /** Fields of the command, where it leaves them open. */
  readonly defaults: Partial<WireCommand>;
  /** Fields whatever the command says. */
  readonly forced?: Partial<WireCommand>;
  /** What is to be run. Errors: AgentError `bad-arguments`. */
  readonly derive: (command: Command) => SystemArguments;
  /** What it does, in a line for people. */
  readonly title: (command: Command) => string;
}

/**
 * A factory whose processes are those of `system`. What a command came down to is stored with its job: a later run, of
 * this agent or the next, is the same whatever became of the extension meanwhile.
 */
export function derivedKind(system: ProcessFactory, { defaults, forced, derive, title }: Derivation): ProcessFactory {
  return {
    place: system.place,
    complete: (command) => ({ ...parseCommand({ ...defaults, ...toWire(command), ...forced }), ref: command.ref }),
    prepare: (command) => {
      const derived = { name: SYSTEM_COMMAND.name, args: derive(command) as unknown as JsonValue };
      return { ...system.prepare({ ...command, ...derived }), title: title(command), derived };
    },
  };
}
