/** The kind `core.system`: a program of this machine, started by a launcher. */
import { AgentError } from '../../protocol/agent-error.ts';
import { ERROR_CODES } from '../../protocol/error-codes.ts';
import type { Command } from '../../protocol/command.ts';
import { childEnvironment } from '../../host/child-environment.ts';
import type { SpawnFailure, SpawnSpec, StdinSpec } from '../../host/launcher.ts';
import type { RecentPrograms } from '../../host/recent-programs.ts';
import { resolveProgram } from '../../host/resolve-program.ts';
import type { Preparation, ProcessFactory, RunPlan, RunStart } from '../../engine/process.ts';
import { LaunchedProcess } from '../launched-process.ts';
import type { LauncherPlace } from '../launcher-place.ts';
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
  if (args.pty !== undefined && args.pty !== null && !place.launcher.abilities.pty) {
    throw new AgentError('not-able', `Cannot run "${args.name}" on a terminal: this agent's launcher has none`);
  }
  return {
    takesSlot: true,
    title: systemTitle(args),
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

async function resolve(
  options: SystemKindOptions,
  command: Command,
  args: SystemArguments,
  plan: RunPlan,
): Promise<SpawnSpec | SpawnFailure> {
  const env = childEnvironment({ own: options.environment, given: args.env ?? {}, jobId: plan.jobId });
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
