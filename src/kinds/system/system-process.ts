/** The kind `core.system`: a program of this machine, started by a launcher. */
import { AgentError } from '../../protocol/agent-error.ts';
import { ERROR_CODES } from '../../protocol/error-codes.ts';
import type { Command } from '../../protocol/command.ts';
import { childEnvironment } from '../../host/child-environment.ts';
import { findUser, type FoundUser } from '../../host/confine/users.ts';
import type { Abilities, SpawnFailure, SpawnSpec, StdinSpec } from '../../host/launcher.ts';
import type { RecentPrograms } from '../../host/recent-programs.ts';
import { resolveProgram } from '../../host/resolve-program.ts';
import type { Preparation, ProcessFactory, RunPlan, RunStart } from '../../engine/process.ts';
import { LaunchedProcess } from '../launched-process.ts';
import type { LauncherPlace } from '../launcher-place.ts';
import { type CgroupMode, confinementOf } from './confinement-arguments.ts';
import { parseSystemArguments, systemTitle } from './system-arguments.ts';
import type { SystemArguments } from './system-arguments.ts';

/** A job whose output is smaller than this in all has no file. */
const MEMORY_OUTPUT_BYTES = 64 * 1024;

export interface SystemKindOptions {
  readonly place: LauncherPlace;
  /** The agent's environment; only an allow-list of it reaches a process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Working directory of commands that name none. */
  readonly directory: string;
  /** The folder of a job's output files. */
  readonly outputDirectory: (uid: string) => string;
  /** Bytes of one job's output that are kept. */
  readonly outputBytes: number;
  /** How long after a process's end its output may still arrive, milliseconds. */
  readonly drainMs: number;
  /** When programs get a control group of their own. */
  readonly cgroups: CgroupMode;
  readonly recentPrograms: RecentPrograms;
}

/** Makes the factory of `core.system`. */
export function systemKind(options: SystemKindOptions): ProcessFactory {
  return {
    place: options.place,
    prepare: (command) => prepareSystem(options, command, parseSystemArguments(command)),
  };
}

function prepareSystem(options: SystemKindOptions, command: Command, args: SystemArguments): Preparation {
  const { place } = options;
  refuseAbilities(args, place.launcher.abilities, options.cgroups);
  return {
    takesSlot: true,
    title: systemTitle(args),
    hasTerminal: args.pty !== undefined && args.pty !== null,
    start: async (plan, observer) => {
      const spec = await resolve(options, command, args, plan);
      if ('type' in spec) return failedStart(spec);
      const answer = await place.spawn(plan.key, spec, observer);
      if (answer.type === 'failed') return failedStart(answer);
      return {
        type: 'started',
        process: new LaunchedProcess(place.launcher, plan.key, answer.pid),
        startedAt: answer.startedAt,
      };
    },
  };
}

/** What can't be given here must not be silently left out. */
function refuseAbilities(args: SystemArguments, abilities: Abilities, cgroups: CgroupMode): void {
  const isAsked = (value: unknown): boolean => value !== undefined && value !== null;
  const { limits, niceness, capabilities, noNewPrivileges, cgroup } = confinementOf(args, cgroups);
  const [, how, why] =
    (
      [
        [isAsked(args.pty) && !abilities.pty, 'on a terminal', "this agent's launcher has none"],
        [isAsked(args.user) && !abilities.user, 'as another user', 'only an agent that is root can'],
        [isAsked(args.groups) && !isAsked(args.user), 'in other groups', '"groups" needs "user"'],
        [isAsked(limits) && !abilities.limits, 'with "rlimits"', UNCONFINED],
        [isAsked(niceness) && !abilities.limits, 'with "nice"', UNCONFINED],
        [isAsked(capabilities) && !abilities.limits, 'with "capabilities"', UNCONFINED],
        [noNewPrivileges === true && !abilities.limits, 'with "no_new_privs"', UNCONFINED],
        [isAsked(args.cgroup) && cgroups === 'never', 'in a control group', '"kill.cgroup" is "never"'],
        [isAsked(cgroup) && !abilities.cgroup, 'in a control group', 'this agent can make none'],
      ] as const
    ).find(([isMissing]) => isMissing) ?? [];
  if (how !== undefined) throw new AgentError('not-able', `Cannot run "${args.name}" ${how}: ${why}`);
}

const UNCONFINED = "this agent's launcher can't confine programs";

async function resolve(
  options: SystemKindOptions,
  command: Command,
  args: SystemArguments,
  plan: RunPlan,
): Promise<SpawnSpec | SpawnFailure> {
  const user = await lookUp(args);
  if (user?.type === 'failed') return user;
  const own = user === undefined ? options.environment : { ...options.environment, ...variablesOf(user) };
  const env = childEnvironment({ own, given: args.env ?? {}, jobId: plan.jobId });
  const cwd = args.dir ?? options.directory;
  const programArguments = args.args ?? [];
  const resolved = await resolveProgram({ name: args.name, args: programArguments, env, cwd }, options.recentPrograms);
  if (resolved.type === 'failed') return resolved;
  return {
    program: resolved.program,
    args: programArguments,
    env,
    cwd,
    stdin: stdinOf(args),
    ...(args.pty === undefined || args.pty === null ? {} : { pty: args.pty }),
    ...(command.maxTimeMs === undefined ? {} : { deadline: { afterMs: command.maxTimeMs, graceMs: plan.killGraceMs } }),
    ...(user === undefined ? {} : { user: { uid: user.uid, gid: user.gid, groups: user.groups } }),
    ...confinementOf(args, options.cgroups),
    keep: command.keep,
    drainMs: options.drainMs,
    output: {
      directory: options.outputDirectory(plan.uid),
      start: plan.outputStart,
      keepBytes: options.outputBytes,
      memoryBytes: Math.max(0, MEMORY_OUTPUT_BYTES - plan.outputStart),
    },
  };
}

async function lookUp({ user, groups }: SystemArguments): Promise<FoundUser | SpawnFailure | undefined> {
  if (user === undefined || user === null) return undefined;
  return await findUser({ user: String(user), groups: groups?.map(String) });
}

/** The variables of a login, which the agent's own would contradict. */
function variablesOf({ name, home, shell }: FoundUser): Record<string, string | undefined> {
  return { HOME: home, USER: name, LOGNAME: name, SHELL: shell, XDG_RUNTIME_DIR: undefined };
}

function stdinOf({ stdin, open_stdin: open }: SystemArguments): StdinSpec {
  const bytes = stdin === undefined || stdin === null ? undefined : Buffer.from(stdin, 'utf8');
  if (open === true) return bytes === undefined ? { type: 'stream' } : { type: 'stream', bytes };
  return bytes === undefined ? { type: 'none' } : { type: 'bytes', bytes };
}

function failedStart({ failure, message }: SpawnFailure): RunStart {
  return {
    type: 'failed',
    error: { code: failure, message, number: ERROR_CODES[failure].number },
    retryable: failure === 'no-resources',
  };
}
