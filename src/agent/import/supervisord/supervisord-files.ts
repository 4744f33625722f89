/** The sections of a configuration of supervisord and the files it includes. */
import { globSync } from 'node:fs';
import path from 'node:path';
import { readText } from '../read-text.ts';
import { expand, type Expansions } from './expand.ts';
import { type IniSection, readIni } from './read-ini.ts';

export interface SupervisordSections {
  /** By their names. Of what stands in more files the options are joined. */
  readonly sections: ReadonlyMap<string, IniSection>;
  readonly notes: readonly string[];
}

/** Reads them. In an included file `%(here)s` is its own directory. Errors: ConfigError when one can't be read. */
export function readSupervisordFiles(file: string, expansions: Expansions): SupervisordSections {
  const sections = new Map<string, Map<string, string>>();
  const notes: string[] = [];
  const add = (name: string): void => {
    const here = path.dirname(name);
    for (const [heading, options] of readIni(readText(name), name)) {
      const known = sections.get(heading) ?? new Map<string, string>();
      for (const [option, value] of options)
        known.set(option, value.replaceAll('%(here)s', here.replaceAll('%', '%%')));
      sections.set(heading, known);
    }
  };
  add(file);
  const patterns = sections.get('include')?.get('files');
  if (patterns === undefined) return { sections, notes };
  const where = { ...expansions, here: path.dirname(file) };
  for (const pattern of expand(patterns, where, '"files" of [include]').split(/\s+/).filter(Boolean)) {
    const names = globSync(path.resolve(path.dirname(file), pattern)).sort();
    if (names.length === 0) notes.push(`[include]: nothing matches "${pattern}".`);
    for (const name of names) add(name);
  }
  return { sections, notes };
}
