import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { defaultDataDir, type Surroundings } from './data-dir.ts';

export interface FindOptions extends Partial<Surroundings> {
  /** The agent's data directory. Default: the rule of {@link defaultDataDir}. */
  readonly dataDir?: string;
}

/** How to reach an agent of this machine. */
export interface LocalAgent {
  /** The address to prefer: a unix socket if there is one. */
  readonly url: string;
  /** Every address it listens at. */
  readonly urls: readonly string[];
  /** Its admin token; undefined when this user may not read it (a unix socket needs none). */
  readonly token: string | undefined;
  readonly dataDir: string;
}

/**
 * Finds the agent that keeps its data in a directory, by the files it leaves there. Resolves to undefined when
 * none has run there, or it listens nowhere. That it still runs is not checked.
 */
export async function findLocalAgent(options: FindOptions = {}): Promise<LocalAgent | undefined> {
  const dataDir =
    options.dataDir ?? defaultDataDir({ env: options.env ?? {}, uid: options.uid ?? process.geteuid?.() });
  if (dataDir === undefined) return undefined;
  const [endpoints, token] = await Promise.all([
    readIfThere(path.join(dataDir, 'endpoints')),
    readIfThere(path.join(dataDir, 'token')),
  ]);
  const urls = (endpoints ?? '').split('\n').filter((line) => line !== '');
  const url = urls.find((candidate) => candidate.startsWith('unix:')) ?? urls[0];
  return url === undefined ? undefined : { url, urls, token: token?.trim(), dataDir };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}
