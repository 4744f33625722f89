/** Finds manifests: in the configuration, in directories, in the package. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { ownFile } from '../base/own-package.ts';
import { errorMessage } from '../protocol/agent-error.ts';
import type { ExtensionsConfig } from './config-extensions.ts';
import { dataPaths } from './data-dir.ts';

/** Something that says it is an extension, a plugin or a directory of extensions. */
export interface FoundManifest {
  readonly sort: 'extension' | 'plugin' | 'directory';
  readonly name: string;
  /** File, or table of the configuration. */
  readonly source: string;
  /** Where its relative paths begin. */
  readonly directory: string;
  /** Comes with corex: another of its name takes its place. */
  readonly isShipped: boolean;
  readonly content: ManifestContent;
}

export type ManifestContent = { readonly value: unknown } | { readonly trouble: string };

const ENDING = '.toml';
const LARGEST_FILE = 256 * 1024;

/** Everything there is, the more important first: of two with one name the first counts. */
export async function findManifests(config: ExtensionsConfig, dataDir: string): Promise<FoundManifest[]> {
  const { manifests, plugins, directory } = config;
  const inTables = (sort: 'extension' | 'plugin', tables: Readonly<Record<string, unknown>>): FoundManifest[] =>
    Object.entries(tables).map(([name, value]) => {
      return { sort, name, source: `[${sort}.${name}]`, directory, isShipped: false, content: { value } };
    });
  const shipped = config.shipped ? [ownFile('extensions')] : [];
  const inDirectories = await Promise.all([
    ...config.directories.map((place) => readDirectory(place, false)),
    readDirectory(dataPaths(dataDir).extensions, true),
    ...shipped.map(async (place) => (await readDirectory(place, true)).map((found) => ({ ...found, isShipped: true }))),
  ]);
  return [...inTables('extension', manifests), ...inTables('plugin', plugins), ...inDirectories.flat()];
}

/** The name of the command a manifest's file makes; undefined for other files. */
export function manifestName(file: string): string | undefined {
  const base = path.basename(file);
  return base.endsWith(ENDING) && base.length > ENDING.length && !base.startsWith('.')
    ? base.slice(0, -ENDING.length)
    : undefined;
}

/** Reads a manifest's file. What can't be read, or could be written by anybody, gives what is wrong. */
export async function readManifestFile(file: string): Promise<ManifestContent> {
  try {
    const facts = await stat(file);
    if (!facts.isFile()) return { trouble: 'it is no file' };
    if ((facts.mode & 0o002) !== 0) return { trouble: 'everybody may write it' };
    if (facts.size > LARGEST_FILE) return { trouble: `it has more than ${LARGEST_FILE} bytes` };
    return { value: parse(await readFile(file, 'utf8')) };
  } catch (error) {
    if (!(error instanceof TomlError)) return { trouble: errorMessage(error) };
    const [line = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n', 1);
    return { trouble: `line ${error.line}, column ${error.column}: ${line}` };
  }
}

async function readDirectory(directory: string, mayBeMissing: boolean): Promise<FoundManifest[]> {
  const one = (name: string, sort: FoundManifest['sort'], source: string, content: ManifestContent): FoundManifest => {
    return { sort, name, source, directory, isShipped: false, content };
  };
  try {
    const facts = await stat(directory);
    if ((facts.mode & 0o002) !== 0) throw new Error('everybody may write it');
    const files = (await readdir(directory)).sort();
    const manifests = files.flatMap((file) => {
      const name = manifestName(file);
      return name === undefined ? [] : [{ name, file: path.join(directory, file) }];
    });
    return await Promise.all(
      manifests.map(async ({ name, file }) => one(name, 'extension', file, await readManifestFile(file))),
    );
  } catch (error) {
    if (mayBeMissing && error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    const trouble = `Cannot read the directory "${directory}": ${errorMessage(error)}`;
    return [one(directory, 'directory', directory, { trouble })];
  }
}
