import { subscribe } from 'node:diagnostics_channel';
import { readdirSync, readFileSync } from 'node:fs';
import { Server } from 'node:net';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';

import { cgroupMounts } from '../../src/host/confine/cgroup-mounts.ts';
import { allProcesses, childrenOf, commandLineOf, describeProcess, directoryOf, environmentOf } from './processes.ts';

export interface Leftovers {
  readonly processes?: readonly number[];
  readonly servers?: readonly Server[];
  readonly threads?: readonly Worker[];
  readonly files?: readonly string[];
  readonly groups?: readonly string[];
}

/** The environment variable every process started by a test inherits; its value names the suite and the test file. */
export const TEST_RUN = 'COREX_TEST_RUN';

/** The direct children of this process, except those known before. */
export function ownChildren(known: ReadonlySet<number> = new Set()): number[] {
  return childrenOf(process.pid).filter((pid) => !known.has(pid));
}

/**
 * Processes a test file started: they inherited its mark, or work in its temporary directory, or were told of it by an
 * argument or a variable. The last two find children of jobs, which get a cleaned environment.
 */
export function processesOfTestRun(mark: string, temporaryRoot?: string): number[] {
  return allProcesses().filter((pid) => {
    if (pid === process.pid) return false;
    const environment = environmentOf(pid);
    if (environment[TEST_RUN]?.startsWith(mark) === true) return true;
    if (temporaryRoot === undefined) return false;
    const words = [directoryOf(pid) ?? '', ...commandLineOf(pid), ...Object.values(environment)];
    return words.some((word) => word.includes(temporaryRoot));
  });
}

/** Servers of this process that still listen, except those known before. */
export function listeningServers(known: ReadonlySet<Server> = new Set()): Server[] {
  return activeHandles().filter(
    (handle): handle is Server => handle instanceof Server && handle.listening && !known.has(handle),
  );
}

const workers = new Set<Worker>();

subscribe('worker_threads', (message) => {
  const { worker } = message as { worker: Worker };
  workers.add(worker);
  worker.once('exit', () => workers.delete(worker));
});

/** Worker threads started since this file was loaded and still running, except those known before. */
export function runningWorkers(known: ReadonlySet<Worker> = new Set()): Worker[] {
  return [...workers].filter((worker) => !known.has(worker));
}

/** What lies in a directory, with subfolders, or nothing when there is no such directory. */
export function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
}

/** Control groups of agents whose data directory lies in a directory: they are called by its path. */
export function controlGroupsOf(directory: string): string[] {
  const name = directory.replaceAll('/', '-');
  return [...new Set(cgroupPlaces())].flatMap((place) =>
    directoriesIn(path.join(place, 'corex')).flatMap((found) =>
      found.includes(name) ? [`${place}/corex/${found}`] : [],
    ),
  );
}

function cgroupPlaces(): string[] {
  try {
    const [mounts, own] = ['mountinfo', 'cgroup'].map((file) => readFileSync(`/proc/self/${file}`, 'utf8'));
    return cgroupMounts(mounts ?? '', own ?? '').map((mount) => mount.directory);
  } catch {
    return [];
  }
}

function directoriesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** One line per thing left behind. */
export function describeLeftovers(left: Leftovers): string[] {
  const { processes = [], servers = [], threads = [], files = [], groups = [] } = left;
  return [
    ...processes.map((pid) => `process ${describeProcess(pid)}`),
    ...servers.map((server) => `server listening on ${JSON.stringify(server.address())}`),
    ...threads.map((worker) => `worker thread ${String(worker.threadId)} ${worker.threadName ?? ''}`),
    ...groups.map((group) => `control group ${group}`),
    ...files.slice(0, 20).map((file) => `file ${file}`),
    ...(files.length > 20 ? [`… and ${String(files.length - 20)} more files`] : []),
  ];
}

/** Node has no public list of open handles; its private one has been stable for years and is used by tests alone. */
function activeHandles(): unknown[] {
  const list = Reflect.get(process, '_getActiveHandles') as (() => unknown[]) | undefined;
  return list?.call(process) ?? [];
}
