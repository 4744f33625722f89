/** The agent's directories: where they are, what is in them, and that nobody else can touch them. */
import { chmodSync, lstatSync, mkdirSync, readdirSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { defaultDataDir } from '../client/data-dir.ts';
import { shortDirectoryName } from '../host/runtime-directory.ts';
import { errorMessage } from '../protocol/agent-error.ts';
import { ConfigError } from './config-error.ts';
import type { Environment } from './config-sources.ts';

export { leaveRuntimeDir } from '../host/runtime-directory.ts';

/** One thing we keep in the data directory. */
export interface DataEntry {
  /** A name ending in `/` is a directory. */
  readonly name: string;
  readonly mode: number;
  readonly writer: 'agent' | 'keeper' | 'keeper, then agent' | 'store';
  readonly meaning: string;
}

/** Everything we own in the data directory. */
export const DATA_ENTRIES = {
  token: {
    name: 'token',
    mode: 0o600,
    writer: 'agent',
    meaning: 'the admin token, made at the first start; clients on this machine read it',
  },
  endpoints: {
    name: 'endpoints',
    mode: 0o600,
    writer: 'agent',
    meaning: 'addresses the agent listens on, one a line; gone while no agent runs',
  },
  agentPid: { name: 'agent.pid', mode: 0o600, writer: 'agent', meaning: 'process id of the agent' },
  keeperPid: { name: 'keeper.pid', mode: 0o600, writer: 'keeper', meaning: 'process id of the keeper' },
  keeperRecord: {
    name: 'keeper.json',
    mode: 0o600,
    writer: 'keeper',
    meaning: 'which process is the keeper and where its socket is; the next agent finds it by this',
  },
  keeperLog: { name: 'keeper.log', mode: 0o600, writer: 'keeper', meaning: 'the keeper’s own log, bounded' },
  unprivileged: {
    name: 'unprivileged',
    mode: 0o600,
    writer: 'agent',
    meaning: 'there once the agent was made unprivileged; every agent that finds it is, too',
  },
  startup: {
    name: 'startup.json',
    mode: 0o600,
    writer: 'agent',
    meaning: 'which entries of the startup are looked after, and since when; gone when everything was stopped',
  },
  database: {
    name: 'corex.db',
    mode: 0o600,
    writer: 'store',
    meaning: 'jobs, history, output of small jobs, resources (SQLite, with `-wal` and `-shm` beside it)',
  },
  stateKeys: {
    name: 'state-keys.json',
    mode: 0o600,
    writer: 'agent',
    meaning: 'the key of encrypted resources, locked by the secrets of `state.keys`; without it they can’t be read',
  },
  extensions: {
    name: 'extensions/',
    mode: 0o700,
    writer: 'agent',
    meaning: 'manifests of extensions that were added',
  },
  images: {
    name: 'images/',
    mode: 0o700,
    writer: 'agent',
    meaning: 'images, their unpacked layers, and what containers write',
  },
  containers: {
    name: 'containers/',
    mode: 0o700,
    writer: 'agent',
    meaning: 'one folder for each container: what it is started from, and files that wait to be copied in',
  },
  output: {
    name: 'output/',
    mode: 0o700,
    writer: 'keeper, then agent',
    meaning: 'one folder of segment files for each job that wrote much',
  },
} as const satisfies Record<string, DataEntry>;

/** The absolute path of each entry. */
export type DataPaths = { readonly [Name in keyof typeof DATA_ENTRIES]: string };

export function dataPaths(dataDir: string): DataPaths {
  const entries = Object.entries(DATA_ENTRIES).map(([key, { name }]) => [
    key,
    path.join(dataDir, name.replace(/\/$/, '')),
  ]);
  return Object.fromEntries(entries) as DataPaths;
}

/**
 * The directory of sockets: `/run/corex` for root, `$XDG_RUNTIME_DIR/corex`, else `/tmp/corex-<uid>`. A data
 * directory that is not the default has its own inside, so that agents of one user don't meet.
 */
export function defaultRuntimeDir(environment: Environment, uid: number, dataDir: string): string {
  const base = runtimeBase(environment, uid);
  if (dataDir === defaultDataDir({ env: environment, uid })) return base;
  return path.join(base, shortDirectoryName(dataDir));
}

/** The keeper's socket. Agents may share a runtime directory, so its name is that of the data directory. */
export function keeperSocket(dataDir: string, runtimeDir: string): string {
  return path.join(runtimeDir, `keeper-${shortDirectoryName(dataDir)}.sock`);
}

function runtimeBase(environment: Environment, uid: number): string {
  if (uid === 0) return '/run/corex';
  const runtime = absolute(environment['XDG_RUNTIME_DIR']);
  // After `su` or `sudo` the variable may name another user's directory, or one that is gone.
  if (runtime !== undefined && statSync(runtime, { throwIfNoEntry: false })?.uid === uid) {
    return path.join(runtime, 'corex');
  }
  return `/tmp/corex-${uid}`;
}

/** What the specification says: a variable that is empty or not absolute is ignored. */
function absolute(value: string | undefined): string | undefined {
  return value !== undefined && path.isAbsolute(value) ? value : undefined;
}

/**
 * Makes both directories, closed to others, and answers where everything is.
 *
 * Errors: ConfigError when one can't be made, is no directory, belongs to someone else, or is open to
 * writing by others.
 */
export function openDirectories(dataDir: string, runtimeDir: string): DataPaths {
  makePrivate(dataDir, 'data directory', 'agent.data_dir');
  // Below /tmp anybody may have made the name first: each of our levels is looked at.
  const parent = path.dirname(runtimeDir);
  if (/^corex(-\d+)?$/.test(path.basename(parent))) makePrivate(parent, 'runtime directory', 'agent.runtime_dir');
  makePrivate(runtimeDir, 'runtime directory', 'agent.runtime_dir');
  const paths = dataPaths(dataDir);
  makePrivate(paths.output, 'output directory', 'agent.data_dir');
  for (const own of [runtimeDir, paths.output]) if ((statSync(own).mode & 0o077) !== 0) chmodSync(own, 0o700);
  return paths;
}

function makePrivate(directory: string, role: string, key: string): void {
  const refuse = (why: string): never => {
    throw new ConfigError(`Cannot use "${directory}" as ${role}: ${why}; set "${key}" to another place`);
  };
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    refuse(errorMessage(error));
  }
  const trouble = troubleWith(lstatSync(directory), statSync(directory));
  if (trouble !== undefined) refuse(trouble);
  const { mode } = statSync(directory);
  // Made by hand just now, with whatever mode the shell gives. One that holds things may be a mistake, and keeps its mode.
  const isFresh = readdirSync(directory).length === 0;
  if (isFresh && (mode & 0o077) !== 0) chmodSync(directory, 0o700);
  else if ((mode & 0o020) !== 0) refuse('its group may write it');
}

function troubleWith(link: Stats, target: Stats): string | undefined {
  if (!target.isDirectory()) return 'it is no directory';
  const stranger = [link, target].find((stats) => stats.uid !== process.geteuid?.());
  if (stranger !== undefined) return `it belongs to user ${stranger.uid}`;
  if ((target.mode & 0o002) !== 0) return 'everybody may write it';
  return undefined;
}
