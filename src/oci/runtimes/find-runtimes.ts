import { resolveProgram } from '../../host/resolve-program.ts';
import { runShortProgram } from '../../host/short-program.ts';
import { errorMessage } from '../../protocol/agent-error.ts';
import { RUNTIME_NAMES, type OciRuntime, type RuntimeName } from '../runtime.ts';
import type { IdMap } from '../id-map.ts';
import type { ContainerGround } from '../spec/container-plan.ts';
import { CommandRuntime } from './command-runtime.ts';
import { repairedHoles } from './repaired-holes.ts';
import { tryRuntime } from './try-runtime.ts';
import { judgeVersion, versionIn, type VersionVerdict } from './runtime-version.ts';

export interface RuntimeSearch {
  /** In the order of preference. Default: runc, crun. */
  readonly names?: readonly RuntimeName[];
  /** Where programs are looked for. The usual directories for administrators are added. */
  readonly searchPath: string;
  /** The agent's own, on a file system that a restart of the machine empties. */
  readonly directory: string;
  readonly ground: ContainerGround;
  /** Whom users of containers are to be outside; it is tried out, too. */
  readonly idMap?: IdMap;
}

/** What was found out about one runtime. */
export interface RuntimeFinding {
  readonly name: RuntimeName;
  /** Undefined when its program is not there. */
  readonly runtime?: OciRuntime;
  readonly version?: string;
  readonly verdict?: VersionVerdict;
  /** Why it can't be used here, as a clause; undefined when a container was made with it a moment ago. */
  readonly trouble?: string;
  /** Why users can't be mapped as asked, as a clause; undefined when a container was made so. */
  readonly usersTrouble?: string;
}

/** See {@link RuntimeFinding}. */
export interface UsableRuntime {
  readonly runtime: OciRuntime;
  readonly usersTrouble: string | undefined;
}

const VERSION_TIMEOUT_MS = 10_000;
const VERSION_BYTES = 64 * 1024;
const ADMINISTRATORS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Looks for runtimes, judges their versions and tries each out. Never rejects: what goes wrong is a finding. */
export async function findRuntimes({ names = RUNTIME_NAMES, ...search }: RuntimeSearch): Promise<RuntimeFinding[]> {
  return await Promise.all(names.map((name) => findRuntime(name, search)));
}

/** The first that works and holds; undefined when there is none. */
export function usableRuntime(findings: readonly RuntimeFinding[]): UsableRuntime | undefined {
  const found = findings.find(({ runtime, trouble }) => runtime !== undefined && trouble === undefined);
  return found?.runtime && { runtime: found.runtime, usersTrouble: found.usersTrouble };
}

async function findRuntime(name: RuntimeName, search: Omit<RuntimeSearch, 'names'>): Promise<RuntimeFinding> {
  try {
    return await look(name, search);
  } catch (error) {
    return { name, trouble: errorMessage(error) };
  }
}

async function look(
  name: RuntimeName,
  { searchPath, directory, ground, idMap }: Omit<RuntimeSearch, 'names'>,
): Promise<RuntimeFinding> {
  const env = { PATH: [searchPath, ...ADMINISTRATORS].filter((each) => each !== '').join(':') };
  const found = await resolveProgram({ name, args: [], cwd: '/', env });
  if (found.type === 'failed') return { name, trouble: 'it is not installed' };
  const { program } = found;
  const [version, repaired] = await Promise.all([askVersion(program, env), repairedHoles(program)]);
  const verdict = version === undefined ? undefined : judgeVersion(name, version, repaired);
  const stateDirectory = `${directory}/${name}`;
  const runtime = new CommandRuntime({ name, program, stateDirectory, env, canLimitSwap: ground.canLimitSwap });
  const trials = `${directory}/trials`;
  // What works with mapped users works without: most machines need one trial.
  const usersTrouble = await (verdict?.type === 'unsafe' || idMap === undefined
    ? undefined
    : tryRuntime(runtime, ground, trials, idMap));
  const isTried = idMap !== undefined && usersTrouble === undefined;
  const trouble =
    verdict?.type === 'unsafe' ? verdict.why : isTried ? undefined : await tryRuntime(runtime, ground, trials);
  return {
    name,
    runtime,
    ...(version !== undefined && { version }),
    ...(verdict && { verdict }),
    ...(trouble !== undefined && { trouble }),
    ...(usersTrouble !== undefined && { usersTrouble }),
  };
}

async function askVersion(program: string, env: Readonly<Record<string, string>>): Promise<string | undefined> {
  const question = { program, args: ['--version'], env, cwd: '/' };
  const end = await runShortProgram({ ...question, timeoutMs: VERSION_TIMEOUT_MS, maxBytes: VERSION_BYTES });
  return end.type === 'exited' && end.code === 0 ? versionIn(end.stdout) : undefined;
}
