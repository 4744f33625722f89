/** Entries of the startup from the configuration file and the directories it includes. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { errorMessage } from '../protocol/agent-error.ts';
import { describeIssues } from '../protocol/command.ts';
import { JobId } from '../protocol/job-id.ts';
import { MILESTONES } from '../startup/startup-entry.ts';
import type { DesiredStartup, StartupEntry, StartupProblem } from '../startup/startup-entry.ts';
import { ConfigError } from './config-error.ts';
import { parseFile } from './config-sources.ts';
import { entryOf, STARTUP_ENTRY_KEYS, StartupEntrySection } from './config-startup.ts';
import type { StartupSection } from './config-startup.ts';

const RESERVED: readonly string[] = [...MILESTONES, 'include'];

const IncludedFile = z.strictObject({ startup: z.record(z.string(), StartupEntrySection).optional() });

/** Who gave the section, and what its paths are relative to. */
export interface StartupOrigin {
  readonly file: string;
  resolve(path: string): string;
}

/**
 * All that is wanted. A file of an included directory is right in all its parts or not used; that, and ids that stand
 * somewhere already, are told as problems.
 *
 * Errors: ConfigError for an id in the section itself that no entry may have.
 */
export function readStartup({ include = [], ...sections }: StartupSection, origin: StartupOrigin): DesiredStartup {
  const entries = new Map<string, StartupEntry>();
  for (const [id, section] of Object.entries(sections as Record<string, StartupEntrySection>)) {
    const trouble = idTrouble(id);
    if (trouble !== undefined)
      throw new ConfigError(`Cannot use the configuration: "startup.${id}" (${origin.file}) ${trouble}`);
    entries.set(
      id,
      entryOf(id, origin.file, section, (file) => origin.resolve(file)),
    );
  }
  const problems: StartupProblem[] = [];
  for (const directory of include.map((name) => origin.resolve(name))) {
    for (const file of tomlFiles(directory, problems)) {
      for (const entry of readFile(file, problems)) {
        const known = entries.get(entry.id);
        if (known === undefined) entries.set(entry.id, entry);
        else {
          const message = `"startup.${entry.id}" is not used: it stands in "${known.source}" already`;
          problems.push({ source: file, message });
        }
      }
    }
  }
  return { entries: [...entries.values()], problems };
}

function tomlFiles(directory: string, problems: StartupProblem[]): string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.toml') && !name.startsWith('.'));
    return names.sort().map((name) => path.join(directory, name));
  } catch (error) {
    const message = `Cannot read the directory "${directory}": ${errorMessage(error)}`;
    problems.push({ source: directory, message, isUnreadable: true });
    return [];
  }
}

function readFile(file: string, problems: StartupProblem[]): StartupEntry[] {
  const refuse = (message: string): [] => {
    problems.push({ source: file, message, isUnreadable: true });
    return [];
  };
  try {
    const parsed = IncludedFile.safeParse(parseFile(file));
    if (!parsed.success) return refuse(`Cannot use "${file}": ${describeIssues(parsed.error, STARTUP_ENTRY_KEYS)}`);
    const sections = Object.entries(parsed.data.startup ?? {});
    const [bad] = sections.flatMap(([id]) => idTrouble(id) ?? []);
    if (bad !== undefined) return refuse(`Cannot use "${file}": ${bad}`);
    const directory = path.dirname(file);
    return sections.map(([id, section]) => entryOf(id, file, section, (name) => path.resolve(directory, name)));
  } catch (error) {
    return refuse(errorMessage(error));
  }
}

/** Why no entry may have an id; undefined when one may. */
export function idTrouble(id: string): string | undefined {
  if (RESERVED.includes(id)) return `"${id}" has a meaning of its own and can be no entry's id`;
  const parsed = JobId.safeParse(id);
  return parsed.success ? undefined : `"${id}" can be no entry's id: ${describeIssues(parsed.error)}`;
}
