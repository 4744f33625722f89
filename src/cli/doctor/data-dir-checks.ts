/** What corex needs of its data directory, and who uses it. */
import { readFileSync, statSync, statfsSync, type Stats } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { formatBytes } from '../sizes.ts';
import { fail, ok, warn, type Check } from './check.ts';

const LITTLE_SPACE = 1024 ** 3;
const NO_SPACE = 64 * 1024 ** 2;
/** The system refuses longer paths of unix sockets, the final NUL included. */
const SOCKET_PATH_BYTES = 108;

export interface DataDirFacts {
  readonly dataDir: string;
  /** Addresses in the file `endpoints`. */
  readonly urls: readonly string[];
}

export function dataDirChecks({ dataDir, urls }: DataDirFacts): Check[] {
  const facts = statSync(dataDir, { throwIfNoEntry: false });
  return [
    directoryCheck(dataDir, facts),
    spaceCheck(nearestExisting(dataDir)),
    ...(facts === undefined ? [] : [tokenCheck(path.join(dataDir, 'token')), ...holderChecks(dataDir)]),
    ...urls.filter((url) => url.startsWith('unix:')).map((url) => socketPathCheck(url.slice('unix:'.length))),
  ];
}

function directoryCheck(dataDir: string, facts: Stats | undefined): Check {
  const name = 'Data directory';
  if (facts === undefined) return ok(name, `${dataDir}, made at the first start`);
  if (!facts.isDirectory()) return fail(name, `${dataDir} is no directory`, 'Move it away, or use --data-dir');
  if (process.geteuid?.() !== facts.uid && process.geteuid?.() !== 0) {
    return fail(name, `${dataDir} belongs to user ${facts.uid}`, 'Be that user, or use --data-dir');
  }
  const mode = octal(facts);
  if ((facts.mode & 0o022) !== 0) {
    return fail(name, `${dataDir}, mode ${mode}: others may write`, `Run: chmod 700 ${quoted(dataDir)}`);
  }
  if ((facts.mode & 0o077) === 0) return ok(name, `${dataDir}, mode ${mode}`);
  return warn(name, `${dataDir}, mode ${mode}: others may look into it`, `Run: chmod 700 ${quoted(dataDir)}`);
}

function spaceCheck(directory: string): Check {
  const { bavail, bsize } = statfsSync(directory);
  const free = bavail * bsize;
  const found = `${formatBytes(free)} free at ${directory}`;
  const advice = 'Output is dropped and new jobs are refused when it is full: make room';
  if (free < NO_SPACE) return fail('Disk', found, advice);
  return free < LITTLE_SPACE ? warn('Disk', found, advice) : ok('Disk', found);
}

function tokenCheck(file: string): Check {
  const facts = statSync(file, { throwIfNoEntry: false });
  if (facts === undefined) return ok('Token', 'made at the first start');
  if ((facts.mode & 0o077) === 0) return ok('Token', `${file}, mode ${octal(facts)}`);
  return fail('Token', `${file}, mode ${octal(facts)}: others may read it`, 'Run: corex token rotate');
}

function holderChecks(dataDir: string): Check[] {
  const agent = livePid(path.join(dataDir, 'agent.pid'));
  const keeper = livePid(path.join(dataDir, 'keeper.pid'));
  if (agent !== undefined) {
    return [
      ok('Agent process', `${agent} holds the directory${keeper === undefined ? '' : `, its keeper is ${keeper}`}`),
    ];
  }
  if (keeper === undefined) return [warn('Agent process', 'none', 'Run: corex start')];
  return [
    warn(
      'Agent process',
      `none, but keeper ${keeper} holds jobs of one that is gone`,
      'Run: corex start, and they are taken over',
    ),
  ];
}

function socketPathCheck(file: string): Check {
  const bytes = Buffer.byteLength(file) + 1;
  const found = `${bytes - 1} bytes, ${file}`;
  if (bytes <= SOCKET_PATH_BYTES) return ok('Socket path', found);
  return fail(
    'Socket path',
    found,
    `At most ${SOCKET_PATH_BYTES - 1} are possible: set agent.runtime_dir to a shorter one`,
  );
}

/** The process a pid file names, if it is there. */
function livePid(file: string): number | undefined {
  let pid: number;
  try {
    pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    process.kill(pid, 0);
  } catch (error) {
    const isForeign = error instanceof Error && 'code' in error && error.code === 'EPERM';
    return isForeign ? Number.parseInt(readFileSync(file, 'utf8'), 10) : undefined;
  }
  return pid;
}

function nearestExisting(directory: string): string {
  let place = directory;
  while (statSync(place, { throwIfNoEntry: false }) === undefined) place = path.dirname(place);
  return place;
}

function octal({ mode }: Stats): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}

function quoted(file: string): string {
  return /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", String.raw`'\''`)}'`;
}
