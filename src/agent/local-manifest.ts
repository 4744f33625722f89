/** Manifests on this machine, looked at without an agent: before they are added to one, and to try them. */
import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { AgentError } from '../protocol/agent-error.ts';
import type { Command } from '../protocol/command.ts';
import { dataPaths } from './data-dir.ts';
import { manifestName, readManifestFile } from './manifest-files.ts';
import { prepareManifest } from './prepare-extension.ts';

export interface LocalManifest {
  /** Of its command. */
  readonly name: string;
  readonly file: string;
  readonly warnings: readonly string[];
  /** JSON Schema of its arguments. */
  readonly schema: unknown;
  /** Arguments of `core.system`. Errors: AgentError `bad-arguments`. */
  readonly resolve: (args: Command['args']) => unknown;
  /** A path in it that begins where its file is: `"binary"`. */
  readonly relative: string | undefined;
}

/** Reads a manifest, or all of a directory. Errors: AgentError `bad-arguments` with the first that can't be used, and why. */
export async function readLocalManifests(place: string): Promise<LocalManifest[]> {
  const facts = await stat(place).catch(() => undefined);
  if (facts?.isDirectory() !== true) return [await readLocalManifest(place)];
  const files = (await readdir(place)).sort().filter((file) => manifestName(file) !== undefined);
  if (files.length === 0)
    throw new AgentError('bad-arguments', `Cannot find a manifest in "${place}": none ends in ".toml"`);
  return Promise.all(files.map((file) => readLocalManifest(path.join(place, file))));
}

/** Copies a manifest into a data directory. Who reads the file sees all of it or nothing. Returns where it is. */
export async function addManifest(dataDir: string, { name, file }: LocalManifest): Promise<string> {
  const target = ownManifest(dataDir, name);
  await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
  const draft = path.join(path.dirname(target), `.${randomUUID()}`);
  try {
    await copyFile(file, draft);
    await rename(draft, target);
  } finally {
    await rm(draft, { force: true });
  }
  return target;
}

/** Removes a manifest that was added. False when there is none of this name. */
export async function removeManifest(dataDir: string, name: string): Promise<boolean> {
  const target = ownManifest(dataDir, name);
  const isThere = path.dirname(target) === dataPaths(dataDir).extensions && (await exists(target));
  if (isThere) await rm(target);
  return isThere;
}

/** Whether a manifest of this name was added before. */
export function hasManifest(dataDir: string, name: string): Promise<boolean> {
  return exists(ownManifest(dataDir, name));
}

function ownManifest(dataDir: string, name: string): string {
  return path.join(dataPaths(dataDir).extensions, `${name}.toml`);
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}

async function readLocalManifest(file: string): Promise<LocalManifest> {
  const name = manifestName(file);
  if (name === undefined) {
    throw new AgentError('bad-arguments', `Cannot use "${file}": a manifest is a file "<command>.toml"`);
  }
  const directory = path.dirname(file);
  const content = await readManifestFile(file);
  const found = { sort: 'extension', name, source: file, directory, isShipped: false, content } as const;
  const { commands, warnings } = await prepareManifest(found, {});
  const [command] = commands;
  if (command === undefined) throw new TypeError(`Cannot use "${file}": it makes no command`);
  const { description, resolve } = command;
  const relative = 'value' in content ? relativePath(content.value as Record<string, unknown>) : undefined;
  return { name, file, warnings, schema: description.arguments, resolve, relative };
}

function relativePath({ binary, cwd }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof binary === 'string' && binary.includes('/') && !binary.startsWith('/')) return '"binary"';
  return typeof cwd === 'string' && !/^[{/]/.test(cwd) ? '"cwd"' : undefined;
}
