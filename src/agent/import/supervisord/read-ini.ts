/** Reads the dialect of INI that supervisord takes: that of Python's ConfigParser, with comments behind values. */
import { ConfigError } from '../../config-error.ts';

/** The options of a section by their names in small letters. */
export type IniSection = ReadonlyMap<string, string>;

const HEADING = /^\[([^\]]+)\]/;
const OPTION = /^([^=:\s][^=:]*?)\s*[=:]\s*(.*)$/;
/** A comment begins a line or stands behind a blank. */
const COMMENT = /(^|\s)[;#].*$/;

/**
 * The sections in their order; one that stands twice is joined, and the last value of an option counts. A line that is
 * indented more than its option goes on with its value.
 *
 * Errors: ConfigError with the line that is neither.
 */
export function readIni(text: string, file: string): Map<string, IniSection> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let option: { readonly name: string; readonly indent: number } | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const content = line.replace(COMMENT, '').trimEnd();
    if (content.trim() === '') continue;
    const indent = content.length - content.trimStart().length;
    if (section !== undefined && option !== undefined && indent > option.indent) {
      section.set(option.name, `${section.get(option.name) ?? ''}\n${content.trim()}`.trimStart());
      continue;
    }
    const heading = HEADING.exec(content.trim())?.[1];
    const [, name, value = ''] = OPTION.exec(content.trim()) ?? [];
    if (heading !== undefined) {
      section = sections.get(heading) ?? new Map<string, string>();
      sections.set(heading, section);
      option = undefined;
    } else if (section !== undefined && name !== undefined) {
      option = { name: name.toLowerCase(), indent };
      section.set(option.name, value);
    } else {
      const what = section === undefined ? 'it stands before any section' : 'it is no "option=value"';
      throw new ConfigError(`Cannot read "${file}", line ${String(index + 1)}: ${what}`);
    }
  }
  return sections;
}
