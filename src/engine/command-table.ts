import { AgentError } from '../protocol/agent-error.ts';
import { nearestName } from '../base/nearest-name.ts';
import type { Builtin, CommandDescription } from './builtin.ts';
import type { ProcessFactory } from './process.ts';

/** A registered command: a `job` is made of processes and kept, a `call` is a function answered at once. */
export type CommandEntry =
  | { readonly sort: 'job'; readonly factory: ProcessFactory; readonly description: CommandDescription }
  | { readonly sort: 'call'; readonly builtin: Builtin; readonly description: CommandDescription };

/** Of `command` on the wire. */
const MAX_NAME_LENGTH = 256;

const NAME_PATTERN = /^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$/i;

/** Whether a command may have this name. */
export function isCommandName(name: string): boolean {
  return name.length <= MAX_NAME_LENGTH && NAME_PATTERN.test(name);
}

/** Command name → what runs it. Names are looked up whole, in a Map: nothing is reached by a dotted path. */
export class CommandTable {
  readonly #entries = new Map<string, CommandEntry>();

  /**
   * Registers a command; disposing takes it back.
   *
   * Errors: TypeError for a bad or taken name.
   */
  register(entry: CommandEntry): Disposable {
    const { name } = entry.description;
    if (!isCommandName(name))
      throw new TypeError(
        `Cannot register the command "${name}": a name is letters, digits, "-" and "_" in parts joined by dots`,
      );
    if (this.#entries.has(name)) throw new TypeError(`Cannot register the command "${name}": the name is taken`);
    this.#entries.set(name, entry);
    return {
      [Symbol.dispose]: () => {
        if (this.#entries.get(name) === entry) this.#entries.delete(name);
      },
    };
  }

  /** The entry of a name. Errors: AgentError `unknown-command`, naming the nearest. */
  get(name: string): CommandEntry {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry;
    const nearest = nearestName(name, this.#entries.keys());
    const hint = nearest === undefined ? '"command.list" shows all' : `did you mean "${nearest}"?`;
    throw new AgentError('unknown-command', `Cannot run "${name}": no command of this name is registered, ${hint}`);
  }

  /** Every command, by name. */
  list(): CommandDescription[] {
    return [...this.#entries.values()].map((entry) => entry.description).sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
