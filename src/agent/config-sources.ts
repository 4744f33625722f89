/** Where the configuration comes from: a TOML file, `COREX_*` variables, flags; later ones win key by key. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parse, TomlError } from 'smol-toml';
import * as z from 'zod';
import { errorMessage } from '../protocol/agent-error.ts';
import { nearestName } from '../base/nearest-name.ts';
import { ConfigError } from './config-error.ts';
import { SECTIONS } from './config-schema.ts';

/** Who gave a value: how messages call it, and what its relative paths are relative to. */
export interface Origin {
  readonly label: string;
  readonly directory: string;
}

/** A flag of the command line that sets a key. */
export interface ConfigFlag {
  /** `section.key`. */
  readonly key: string;
  readonly value: string | readonly string[];
  /** As the user wrote it: `--data-dir`. */
  readonly label: string;
}

/** One value on its way into the configuration. */
export interface Setting {
  /** `['jobs', 'max']`; a section that is no table, and `queues`, as a whole. */
  readonly path: readonly string[];
  readonly value: unknown;
  readonly origin: Origin;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable that sets a key: `COREX_JOBS_MAX`; keys of `[agent]` need no section: `COREX_DATA_DIR`. */
export function variableName(section: string, key: string): string {
  return `COREX_${section === 'agent' ? '' : `${section}_`}${key}`.toUpperCase();
}

/** The settings of a TOML file. Errors: ConfigError when it can't be read or others may write it. */
export function settingsOfFile(file: string): Setting[] {
  const origin = { label: file, directory: path.dirname(file) };
  return Object.entries(parseFile(file)).flatMap(([section, content]) => {
    const isSection = Object.hasOwn(SECTIONS, section) && isTable(content);
    if (!isSection) return [{ path: [section], value: content, origin }];
    return Object.entries(content).map(([key, value]) => ({ path: [section, key], value, origin }));
  });
}

/**
 * The settings of the environment. Empty variables count as absent.
 *
 * Errors: ConfigError for a variable that begins like one of a section and is none. Others are not ours.
 */
export function settingsOfEnvironment(environment: Environment, directory: string): Setting[] {
  const known = new Map(allKeys().map(([section, key]) => [variableName(section, key), [section, key]]));
  for (const name of Object.keys(environment)) refuseUnknownVariable(name, [...known.keys()]);
  return [...known].flatMap(([name, keyPath]) => {
    const text = environment[name];
    if (text === undefined || text === '') return [];
    return [{ path: keyPath, value: valueOfText(keyPath, text), origin: { label: name, directory } }];
  });
}

/** The settings of flags. Errors: ConfigError for a key that doesn't exist. */
export function settingsOfFlags(flags: readonly ConfigFlag[], directory: string): Setting[] {
  return flags.map(({ key, value, label }) => {
    const keyPath = key.split('.');
    const known = allKeys().map((names) => names.join('.'));
    if (!known.includes(key)) throw new ConfigError(`Cannot use ${label}: unknown key "${key}"${hint(key, known)}`);
    return {
      path: keyPath,
      value: typeof value === 'string' ? valueOfText(keyPath, value) : value,
      origin: { label, directory },
    };
  });
}

/** What a TOML file holds. Errors: ConfigError when it can't be read or others may write it. */
export function parseFile(file: string): Record<string, unknown> {
  try {
    if ((statSync(file).mode & 0o002) !== 0) throw new Error('everybody may write it');
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why =
      error instanceof TomlError
        ? `line ${error.line}, column ${error.column}: ${firstLine(error.message)}`
        : errorMessage(error);
    throw new ConfigError(`Cannot read the configuration "${file}": ${why}`, { cause: error });
  }
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
}

function refuseUnknownVariable(name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const section = Object.keys(SECTIONS).find((word) => name.startsWith(`COREX_${word.toUpperCase()}_`));
  if (section === undefined) return;
  throw new ConfigError(`Cannot use the variable "${name}": there is no such key${hint(name, known)}`);
}

function hint(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? '' : `, did you mean "${nearest}"?`;
}

function allKeys(): [section: string, key: string][] {
  return Object.entries(SECTIONS).flatMap(([section, schema]) =>
    Object.keys(schema.shape).map((key): [string, string] => [section, key]),
  );
}

/** What a text means for a key. A text that does not fit stays as it is, and the schema refuses it. */
function valueOfText([section = '', key = '']: readonly string[], text: string): unknown {
  const schema = z.toJSONSchema(SECTIONS[section as keyof typeof SECTIONS], { io: 'input' });
  const property = schema.properties?.[key];
  const type = typeof property === 'object' ? property.type : undefined;
  if (type === 'array') return text.split(',').map((part) => part.trim());
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (type === 'string') return text;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
