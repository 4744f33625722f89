/** The kind `core.system`: a program of this machine, started by a launcher. */
import { AgentError, isAgentError } from '../../protocol/agent-error.ts';
import { ERROR_CODES } from '../../protocol/error-codes.ts';
import type { Command } from '../../protocol/command.ts';
import { childEnvironment } from '../../host/child-environment.ts';
import { findUser, type FoundUser } from '../../host/confine/users.ts';
import type { SpawnFailure, SpawnSpec, StdinSpec } from '../../host/launcher.ts';
import type { RecentPrograms } from '../../host/recent-programs.ts';
import { resolveProgram } from '../../host/resolve-program.ts';
import { isUnprivilegedCapability } from '../../host/confine/unprivileged.ts';
import { hiddenTexts } from '../../security/secrets/hidden-texts.ts';
import type { Preparation, ProcessFactory, RunPlan, RunStart } from '../../engine/process.ts';
import { LaunchedProcess } from '../launched-process.ts';
import type { LauncherPlace } from '../launcher-place.ts';
import { type CgroupMode, confinementOf } from './confinement-arguments.ts';
import { type ReadSecret, revealSecrets, type RevealedTexts, secretNames } from './secret-references.ts';
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
  readonly readSecret: ReadSecret;
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
  refuseAbilities(args, place, options.cgroups);
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
function refuseAbilities(args: SystemArguments, place: LauncherPlace, cgroups: CgroupMode): void {
  const { isUnprivileged } = place;
  const { abilities } = place.launcher;
  const isAsked = (value: unknown): boolean => value !== undefined && value !== null;
  const { limits, niceness, capabilities, noNewPrivileges, cgroup } = confinementOf(args, cgroups);
  const beyond = capabilities?.find((capability) => !isUnprivilegedCapability(capability));
  const mayRedact = secretNames(args).size > 0 && args.redact !== false;
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
        [
          isUnprivileged && !abilities.unprivileged,
          'at all',
          'the agent is unprivileged, which its launcher can not pass on',
        ],
        [
          isUnprivileged && beyond !== undefined,
          `with the capability "${String(beyond)}"`,
          'the agent is unprivileged',
        ],
        [mayRedact && !abilities.redaction, 'with secrets', OLD_KEEPER],
      ] as const
    ).find(([isMissing]) => isMissing) ?? [];
  if (how !== undefined) throw new AgentError('not-able', `Cannot run "${args.name}" ${how}: ${why}`);
}

const UNCONFINED = "this agent's launcher can't confine programs";
const OLD_KEEPER = 'the keeper is older than this agent and can not redact its output; "redact": false does without';

async function resolve(
  options: SystemKindOptions,
  command: Command,
  args: SystemArguments,
  plan: RunPlan,
): Promise<SpawnSpec | SpawnFailure> {
  const user = await lookUp(args);
  if (user?.type === 'failed') return user;
  const revealed = await reveal(args, options.readSecret);
  if ('type' in revealed) return revealed;
  const own = user === undefined ? options.environment : { ...options.environment, ...variablesOf(user) };
  const env = childEnvironment({ own, given: revealed.env, jobId: plan.jobId, traceparent: plan.traceparent });
  const cwd = args.dir ?? options.directory;
  const programArguments = revealed.args;
  const redact = args.redact === false ? [] : revealed.secrets.flatMap((value) => hiddenTexts(value));
  const resolved = await resolveProgram({ name: args.name, args: programArguments, env, cwd }, options.recentPrograms);
  if (resolved.type === 'failed') return resolved;
  return {
    program: resolved.program,
    args: programArguments,
    env,
    cwd,
    stdin: stdinOf(revealed.stdin, args.open_stdin === true),
    ...(args.pty === undefined || args.pty === null ? {} : { pty: args.pty }),
    ...(command.maxTimeMs === undefined ? {} : { deadline: { afterMs: command.maxTimeMs, graceMs: plan.killGraceMs } }),
    ...(user === undefined ? {} : { user: { uid: user.uid, gid: user.gid, groups: user.groups } }),
    ...confinementOf(args, options.cgroups),
    ...(redact.length === 0 ? {} : { redact }),
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

/** What can't be had is a failed start, which names the secret and never its value. */
async function reveal(args: SystemArguments, read: ReadSecret): Promise<RevealedTexts | SpawnFailure> {
  try {
    return await revealSecrets(args, read);
  } catch (error) {
    if (!isAgentError(error) || !isFailure(error.code)) throw error;
    return { type: 'failed', failure: error.code, message: error.message };
  }
}

function isFailure(code: string): code is SpawnFailure['failure'] {
  return code === 'no-secret' || code === 'no-resources' || code === 'bad-arguments';
}

/** The variables of a login, which the agent's own would contradict. */
function variablesOf({ name, home, shell }: FoundUser): Record<string, string | undefined> {
  return { HOME: home, USER: name, LOGNAME: name, SHELL: shell, XDG_RUNTIME_DIR: undefined };
}

function stdinOf(stdin: string | undefined, isOpen: boolean): StdinSpec {
  const bytes = stdin === undefined ? undefined : Buffer.from(stdin, 'utf8');
  if (isOpen) return bytes === undefined ? { type: 'stream' } : { type: 'stream', bytes };
  return bytes === undefined ? { type: 'none' } : { type: 'bytes', bytes };
}

function failedStart({ failure, message }: SpawnFailure): RunStart {
  return {
    type: 'failed',
    error: { code: failure, message, number: ERROR_CODES[failure].number },
    retryable: failure === 'no-resources',
  };
}
