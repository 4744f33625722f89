/** From a configuration of supervisord to entries of the startup. */
import path from 'node:path';
import { ConfigError } from '../../config-error.ts';
import { EntryIds, type ImportedEntry, type ImportedStartup } from '../imported.ts';
import { type ConvertedProgram, convertProgram } from './convert-program.ts';
import type { Expansions } from './expand.ts';
import type { IniSection } from './read-ini.ts';
import { readSupervisordFiles } from './supervisord-files.ts';

export interface SupervisordOptions {
  readonly hostname: string;
  /** For what has to be known now: which files are included, and the names of processes. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Sections of supervisord itself: corex has a configuration of its own for these things. */
const OWN = /^(supervisord|supervisorctl|unix_http_server|inet_http_server|include|rpcinterface:.*|ctlplugin:.*)$/;

interface Group {
  readonly name: string;
  readonly programs: readonly string[];
  readonly priority: number | undefined;
}

interface Placed extends ConvertedProgram {
  readonly group: Group | undefined;
  readonly program: string;
}

/** Converts a file with all it includes. Errors: ConfigError for what supervisord would not take either. */
export function convertSupervisord(file: string, { hostname, env }: SupervisordOptions): ImportedStartup {
  const variables = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [[`ENV_${name}`, value]],
  );
  const expansions: Expansions = {
    ...(Object.fromEntries(variables) as Record<string, string>),
    here: path.dirname(file),
    host_node_name: hostname,
  };
  const { sections, notes } = readSupervisordFiles(file, expansions);
  const groups = groupsIn(sections);
  const environment = sections.get('supervisord')?.get('environment');
  const placed = [...sections].flatMap(([heading, section]): Placed[] => {
    const name = /^program:\s*(.+)$/.exec(heading)?.[1]?.trim();
    if (name === undefined) return [];
    const group = groups.find(({ programs }) => programs.includes(name));
    const program = { name, section, group: group?.name ?? name, expansions, environment };
    return [{ ...convertProgram(program), group, program: name }];
  });
  refuseUnknown(groups, placed);
  if (placed.length === 0) throw new ConfigError(`Cannot convert "${file}": it has no [program:x]`);
  const { entries, isOrdered } = inOrder(placed);
  const order = isOrdered
    ? [
        '"priority" became "after": a program is not started before those of lower priority run, and not at all if one of them fails; supervisord does not wait.',
      ]
    : [];
  return { entries, notes: [...notes, ...order, ...otherNotes(sections)] };
}

function groupsIn(sections: ReadonlyMap<string, IniSection>): Group[] {
  return [...sections].flatMap(([heading, section]): Group[] => {
    const name = /^group:\s*(.+)$/.exec(heading)?.[1]?.trim();
    if (name === undefined) return [];
    const programs = (section.get('programs') ?? '').split(',').map((program) => program.trim());
    const priority = section.get('priority');
    return [
      { name, programs: programs.filter(Boolean), priority: priority === undefined ? undefined : Number(priority) },
    ];
  });
}

function refuseUnknown(groups: readonly Group[], placed: readonly Placed[]): void {
  for (const { name, programs } of groups) {
    const unknown = programs.find((program) => !placed.some((each) => each.program === program));
    if (unknown === undefined) continue;
    throw new ConfigError(`Cannot convert [group:${name}]: there is no [program:${unknown}]`);
  }
}

/** Those of one rank start together, after all of the rank before that are started at all. */
function inOrder(placed: readonly Placed[]): { readonly entries: ImportedEntry[]; readonly isOrdered: boolean } {
  const ids = new EntryIds();
  const sorted = placed.toSorted((a, b) => rankOf(a) - rankOf(b) || a.priority - b.priority);
  const entries: ImportedEntry[] = [];
  let before: readonly string[] = [];
  let rank: { readonly key: string; readonly ids: string[] } | undefined;
  let isOrdered = false;
  for (const program of sorted) {
    const key = `${String(rankOf(program))} ${String(program.priority)}`;
    if (rank?.key !== key) {
      before = rank === undefined || rank.ids.length === 0 ? before : rank.ids;
      rank = { key, ids: [] };
    }
    const isMany = program.processes.length > 1;
    for (const { name, section, notes } of program.processes) {
      const prefix = program.group?.name;
      const id = ids.take(prefix === undefined ? name : `${prefix}:${name}`);
      if (program.autostart) rank.ids.push(id);
      isOrdered ||= before.length > 0;
      const tags = [...new Set([...(prefix === undefined ? [] : [prefix]), ...(isMany ? [program.program] : [])])];
      const after = before.length === 0 ? {} : { after: [...before] };
      entries.push({ id, section: { ...section, ...after, ...(tags.length === 0 ? {} : { tags }) }, notes });
    }
  }
  return { entries, isOrdered };
}

function rankOf({ group, priority }: Placed): number {
  return group?.priority ?? priority;
}

/** What the daemon does for all its programs, and the agent doesn't. */
const FOR_ALL = ['user', 'umask', 'directory'];

function otherNotes(sections: ReadonlyMap<string, IniSection>): string[] {
  const own = FOR_ALL.filter((option) => sections.get('supervisord')?.has(option));
  const notes = own.map((option) => `"${option}" of [supervisord]: programs get it of whoever starts the agent.`);
  return [...notes, ...noteSections(sections)];
}

function noteSections(sections: ReadonlyMap<string, IniSection>): string[] {
  return [...sections.keys()].flatMap((heading) => {
    if (OWN.test(heading) || /^(program|group):/.test(heading)) return [];
    if (heading.startsWith('eventlistener:')) {
      return [
        `[${heading}] was left out: its protocol is supervisord's own; "logger.subscribe" and "job.subscribe" tell what happens here.`,
      ];
    }
    if (heading.startsWith('fcgi-program:')) {
      return [`[${heading}] was left out: corex opens no socket for a program.`];
    }
    return [`[${heading}] is unknown here and was left out.`];
  });
}
