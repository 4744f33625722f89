/** What corex needs of the machine, whether or not an agent runs. */
import process from 'node:process';
import { ok, warn, fail, type Check } from './check.ts';

const OLDEST_NODE = 24;
/** Of version 3. */
const OLDEST_SQLITE_MINOR = 40;
const FEW_FILES = 4096;
const FEW_PROCESSES = 1024;
/** No machine on which this runs was right about a time before it was written. */
const EARLIEST_YEAR = 2025;

/** What the checks depend on; tests hand in their own. */
export interface Machine {
  readonly nodeVersion: string;
  readonly nodePath: string;
  readonly sqliteVersion: string | undefined;
  readonly platform: string;
  readonly now: Date;
  /** How much this process may have; infinite where there is no limit. */
  readonly openFiles: number;
  readonly processes: number;
}

/** This machine. */
export function thisMachine(): Machine {
  return {
    nodeVersion: process.versions.node,
    nodePath: process.execPath,
    sqliteVersion: process.versions['sqlite'],
    platform: process.platform,
    now: new Date(),
    ...limitsOfThisProcess(),
  };
}

/** Node tells them in its diagnostic report only. Without its network part that takes 2 ms. */
function limitsOfThisProcess(): Pick<Machine, 'openFiles' | 'processes'> {
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as { readonly userLimits?: Readonly<Record<string, { soft?: unknown }>> };
  const soft = (name: string): number => {
    const limit = report.userLimits?.[name]?.soft;
    return typeof limit === 'number' ? limit : Number.POSITIVE_INFINITY;
  };
  return { openFiles: soft('open_files'), processes: soft('max_user_processes') };
}

export function machineChecks(machine: Machine): Check[] {
  return [
    nodeCheck(machine),
    platformCheck(machine),
    sqliteCheck(machine),
    clockCheck(machine),
    ...limitChecks(machine),
  ];
}

function nodeCheck({ nodeVersion, nodePath }: Machine): Check {
  const found = `${nodeVersion}, ${nodePath}`;
  if (Number.parseInt(nodeVersion, 10) >= OLDEST_NODE) return ok('Node', found);
  return fail('Node', found, `corex needs Node ${OLDEST_NODE} or newer: install it, or run "npm ci" in a checkout`);
}

function platformCheck({ platform }: Machine): Check {
  if (platform === 'linux') return ok('Platform', platform);
  return warn('Platform', platform, 'Jobs run, but do not outlive the agent: only Linux has what the keeper needs');
}

function sqliteCheck({ sqliteVersion }: Machine): Check {
  if (sqliteVersion === undefined)
    return fail('SQLite', 'none', 'This Node was built without SQLite: use an official build');
  const [major = 0, minor = 0] = sqliteVersion.split('.').map(Number);
  if (major > 3 || minor >= OLDEST_SQLITE_MINOR) return ok('SQLite', sqliteVersion);
  return warn('SQLite', sqliteVersion, 'It is old: use a newer Node');
}

function clockCheck({ now }: Machine): Check {
  const found = now.toISOString();
  if (now.getUTCFullYear() >= EARLIEST_YEAR) return ok('Clock', found);
  return warn('Clock', found, 'The clock is wrong, so times in results will be: set it, or start a time service');
}

function limitChecks({ openFiles, processes }: Machine): Check[] {
  return [
    limitCheck('Open files', openFiles, FEW_FILES, 'nofile', 'Each running job takes three'),
    limitCheck('Processes', processes, FEW_PROCESSES, 'nproc', 'Jobs fail to start beyond it'),
  ];
}

function limitCheck(name: string, limit: number, few: number, setting: string, why: string): Check {
  const found = limit === Number.POSITIVE_INFINITY ? 'unlimited' : `at most ${limit}`;
  if (limit >= few) return ok(name, found);
  return warn(
    name,
    found,
    `${why}: raise "${setting}" in limits.conf, or Limit${setting.toUpperCase()}= of the service`,
  );
}
