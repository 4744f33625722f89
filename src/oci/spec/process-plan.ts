import path from 'node:path';

import type { Capability } from '../../host/confine/capabilities.ts';
import type { ResourceLimits } from '../../host/confine/resource-limits.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import type { RuntimeProcess } from './runtime-config.ts';

/** A program in a container: its main one, or one that joins it. */
export interface ProcessPlan {
  /** The program and its arguments; a name without a slash is looked for in the container's own `PATH`. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute, in the container. Default: `/`. */
  readonly cwd?: string;
  /** Numbers as the container sees them. Default: root in the container. */
  readonly user?: { readonly uid: number; readonly gid: number; readonly groups?: readonly number[] };
  /** A terminal of its own, of this size at first. Default: none. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
  /** All it can ever have; someone who is not root has them only for programs that are allowed more by their file. */
  readonly capabilities: readonly Capability[];
  readonly limits?: ResourceLimits;
  /** Whether programs it executes may have more rights than it has: with it set-user-id programs work. Default: no. */
  readonly newPrivileges?: boolean;
  /** How soon the kernel ends it when memory is short, -1000 to 1000. Default: 200, as for every run. */
  readonly oomScoreAdj?: number;
}

const UMASK = 0o022;
const OOM_SCORE = 200;

/** What the runtime takes for no limit. */
const UNLIMITED = 0xffff_ffff_ffff_f800;
const LAST_ID = 0xffff_fffe;

/** Never a memory image of a container's program among the machine's files. */
const DEFAULT_LIMITS: ResourceLimits = { core: { soft: 0, hard: 0 } };

/** The process as the runtime wants it. Errors: AgentError `bad-arguments`, `bad-directory`. */
export function runtimeProcess(plan: ProcessPlan): RuntimeProcess {
  const { args, env, cwd = '/', user = { uid: 0, gid: 0 }, terminal, newPrivileges = false } = plan;
  const { oomScoreAdj = OOM_SCORE } = plan;
  checkTexts(args, env);
  checkDirectory(cwd);
  for (const id of [user.uid, user.gid, ...(user.groups ?? [])]) checkId(id);
  if (!Number.isInteger(oomScoreAdj) || Math.abs(oomScoreAdj) > 1000) {
    throw new AgentError(
      'bad-arguments',
      `Cannot start a container with the out-of-memory score ${oomScoreAdj}: it must be a whole number from -1000 to 1000`,
    );
  }
  return {
    terminal: terminal !== undefined,
    ...(terminal && { consoleSize: { width: terminal.columns, height: terminal.rows } }),
    user: { uid: user.uid, gid: user.gid, umask: UMASK, ...(user.groups && { additionalGids: user.groups }) },
    args,
    env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    cwd,
    capabilities: capabilitySets(plan.capabilities, user.uid),
    rlimits: runtimeLimits({ ...DEFAULT_LIMITS, ...plan.limits }),
    noNewPrivileges: !newPrivileges,
    oomScoreAdj,
  };
}

/** What is inheritable stays after a change of user, so nothing ever is. */
function capabilitySets(capabilities: readonly Capability[], uid: number): RuntimeProcess['capabilities'] {
  const names = capabilities.map((name) => `CAP_${name.toUpperCase()}`);
  const own = uid === 0 ? names : [];
  return { bounding: names, effective: own, permitted: own, inheritable: [], ambient: [] };
}

function runtimeLimits(limits: ResourceLimits): RuntimeProcess['rlimits'] {
  const value = (each: number | 'unlimited'): number => (each === 'unlimited' ? UNLIMITED : each);
  return Object.entries(limits).map(([name, { soft, hard }]) => {
    if (value(soft) > value(hard)) {
      throw new AgentError(
        'bad-arguments',
        `Cannot set the limit "${name}": ${soft} is more than the hard limit, ${hard}`,
      );
    }
    return { type: `RLIMIT_${name.toUpperCase()}`, soft: value(soft), hard: value(hard) };
  });
}

function checkTexts(args: readonly string[], env: ProcessPlan['env']): void {
  const refuse = (why: string): never => {
    throw new AgentError('bad-arguments', `Cannot start a program in a container: ${why}`);
  };
  const [program] = args;
  if (program === undefined || program === '') refuse('it has no name');
  const badArgument = args.findIndex((text) => text.includes('\0'));
  if (badArgument >= 0) refuse(`argument ${badArgument} has a NUL in it`);
  for (const [name, value] of Object.entries(env)) {
    if (name === '' || name.includes('=')) refuse(`"${name}" is no name for a variable`);
    if (name.includes('\0') || value.includes('\0'))
      refuse(`the variable "${name.replaceAll('\0', '')}" has a NUL in it`);
  }
}

/** Directories in `/proc` may lead to files of the runtime that are open while it starts a container: out of it. */
function checkDirectory(cwd: string): void {
  const refuse = (why: string): never => {
    throw new AgentError('bad-directory', `Cannot start a program in ${JSON.stringify(cwd)}: ${why}`);
  };
  if (!cwd.startsWith('/')) refuse('in a container it must begin with "/"');
  if (cwd.includes('\0')) refuse('it has a NUL in it');
  const plain = path.posix.normalize(cwd);
  if (plain === '/proc' || plain.startsWith('/proc/')) refuse('nobody works in /proc');
}

function checkId(id: number): void {
  if (Number.isInteger(id) && id >= 0 && id <= LAST_ID) return;
  throw new AgentError(
    'bad-arguments',
    `Cannot start a program as ${id}: users and groups are whole numbers from 0 to ${LAST_ID}`,
  );
}
