import path from 'node:path';
import { describeIssues } from '../../protocol/command.ts';
import type { DesiredStartup, StartupEntry, StartupProblem } from '../../startup/startup-entry.ts';
import type { Resource } from '../../state/resource.ts';
import { entryOf, STARTUP_ENTRY_KEYS } from '../config-startup.ts';
import { idTrouble } from '../startup-files.ts';
import { Startups } from './startups-resource.ts';

/** How messages name a resource that is an entry. */
export function sourceOf(id: string): string {
  return `${Startups.type}/${id}`;
}

/**
 * What a file wants and what resources want besides. Where both have an entry of an id the file's counts. What can't be
 * used of a resource is among the problems, and what was known of it before still counts. Relative paths belong to `directory`.
 */
export function joinStartups(file: DesiredStartup, resources: readonly Resource[], directory: string): DesiredStartup {
  const written = new Map(file.entries.map(({ id, source }) => [id, source]));
  const entries: StartupEntry[] = [];
  const problems: StartupProblem[] = [];
  for (const { metadata, spec } of resources) {
    const { id } = metadata;
    const source = sourceOf(id);
    const from = 'resource';
    const standsIn = written.get(id);
    const trouble = idTrouble(id);
    const parsed = Startups.schema.safeParse(spec);
    if (trouble !== undefined) problems.push({ id, source, from, message: `"${source}" can not be used: ${trouble}` });
    else if (standsIn !== undefined)
      problems.push({ id, source, from, message: `"${source}" is not used: "startup.${id}" stands in "${standsIn}"` });
    else if (!parsed.success) {
      const message = `"${source}" can not be used: ${describeIssues(parsed.error, STARTUP_ENTRY_KEYS)}`;
      problems.push({ id, source, from, message, isUnreadable: true });
    } else {
      const entry = entryOf(id, source, parsed.data, (name) => path.resolve(directory, name));
      entries.push({ ...entry, from });
    }
  }
  return { entries: [...file.entries, ...entries], problems: [...file.problems, ...problems] };
}
