/** What comes out of the configuration of another process manager. */
import { JobId } from '../../protocol/job-id.ts';
import { MILESTONES } from '../../startup/startup-entry.ts';
import type { StartupEntrySection } from '../config-startup.ts';

export interface ImportedEntry {
  readonly id: string;
  /** As it is written in `[startup.ID]`. */
  readonly section: StartupEntrySection;
  /** What of it could not be carried over, or means something else here, and why: one sentence each. */
  readonly notes: readonly string[];
}

export interface ImportedStartup {
  readonly entries: readonly ImportedEntry[];
  /** What concerns no single entry. */
  readonly notes: readonly string[];
}

/** Arguments of `core.system` as these importers write them. */
export interface ImportedProgram {
  readonly name: string;
  readonly args?: readonly string[];
  readonly dir?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
  /** Empty where a text looks like a reference to a secret and is none. */
  readonly secrets?: readonly string[];
}

/** For what its manager only starts by hand. */
export const NOT_BY_ITSELF = 'It is not started by itself: take the condition away for that.';

/** A program as the arguments of an entry. */
export function argumentsOf(program: ImportedProgram): NonNullable<StartupEntrySection['args']> {
  const { name, args, dir, env, user, secrets } = program;
  return {
    name,
    ...(args && { args: [...args] }),
    ...(dir !== undefined && { dir }),
    ...(user !== undefined && { user }),
    ...(secrets && { secrets: [...secrets] }),
    ...(env && { env }),
  };
}

/** "Always": no number of restarts is. */
export const ALWAYS_RESTARTED = 1_000_000_000;

/** A text in braces that is filled in when an entry is started, unless a shell would do so. */
const TEMPLATE = /(?<!\$)\{([\w.-]+)\}/g;
const SECRET = /^secret:\S*$|\{secret:/;

/** The program, and notes of what in its texts means something here. `known`: names in braces that are meant so. */
export function withoutSurprises(
  program: ImportedProgram,
  known: ReadonlySet<string> = new Set(),
): { readonly program: ImportedProgram; readonly notes: readonly string[] } {
  const texts = [...(program.args ?? []), ...Object.values(program.env ?? {}), program.dir ?? '', program.name];
  const names = new Set(texts.flatMap((text) => [...text.matchAll(TEMPLATE)].map(([, name = '']) => name)));
  const notes = [...names]
    .filter((name) => !known.has(name))
    .map(
      (name) =>
        `"{${name}}" is filled in here when the agent has a variable "${name}"; written "{{${name}}}" it is not.`,
    );
  const isSecret = texts.some((text) => SECRET.test(text));
  return { program: isSecret ? { ...program, secrets: [] } : program, notes };
}

/** Gives each entry an id that it may have and no other has. */
export class EntryIds {
  readonly #taken = new Set<string>([...MILESTONES, 'include']);

  /** The name itself, if that is possible. */
  take(name: string): string {
    const plain = name
      .trim()
      .replaceAll(/[^\x21-\x7e]+/g, '-')
      .slice(0, 120);
    const base = JobId.safeParse(plain).success ? plain : 'program';
    let id = base;
    for (let count = 2; this.#taken.has(id); count += 1) id = `${base}-${String(count)}`;
    this.#taken.add(id);
    return id;
  }
}
