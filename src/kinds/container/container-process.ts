/** The kinds `container.process` and `container.exec`: a process that an OCI runtime makes and the launcher owns. */
import type { JsonValue } from '../../base/json.ts';
import { AgentError, isAgentError } from '../../protocol/agent-error.ts';
import { ERROR_CODES } from '../../protocol/error-codes.ts';
import type { Command } from '../../protocol/command.ts';
import type { SpawnFailure, SpawnSpec, StdinSpec } from '../../host/launcher.ts';
import type { Preparation, ProcessFactory, RunObserver, RunPlan, RunStart } from '../../engine/process.ts';
import { LaunchedProcess } from '../launched-process.ts';
import type { LauncherPlace } from '../launcher-place.ts';
import { BegunRun } from './begun-run.ts';
import { ExecArguments, execTitle, MainArguments, parseContainerArguments } from './container-arguments.ts';
import type { ContainerRun, ContainerRuns } from './container-runs.ts';

/** A job whose output is smaller than this in all has no file. */
const MEMORY_OUTPUT_BYTES = 64 * 1024;

export interface ContainerKindOptions {
  readonly place: LauncherPlace;
  readonly runs: ContainerRuns;
  /** The folder of a job's output files. */
  readonly outputDirectory: (uid: string) => string;
  /** Bytes of one job's output that are kept. */
  readonly outputBytes: number;
  /** How long after a process's end its output may still arrive, milliseconds. */
  readonly drainMs: number;
}

/** Makes the factory of `container.process`. */
export function containerMainKind(options: ContainerKindOptions): ProcessFactory {
  const { place, runs } = options;
  return {
    place,
    prepare: (command) => {
      const args = parseContainerArguments(MainArguments, command);
      return {
        ...common(runs, args.container),
        title: args.title,
        hasTerminal: args.pty !== undefined && args.pty !== null,
        admit: () => {
          runs.admitMain(args, command.id ?? '');
          return [];
        },
        start: (plan, observer) =>
          startRun(options, command, plan, observer, {
            make: () => runs.main(args, plan),
            stdin: args.open_stdin ? { type: 'stream' } : { type: 'none' },
            pty: args.pty ?? undefined,
          }),
      };
    },
  };
}

/** Makes the factory of `container.exec`. */
export function containerExecKind(options: ContainerKindOptions): ProcessFactory {
  const { place, runs } = options;
  return {
    place,
    // A name may be another container's by the time of a later run.
    complete: (command) => {
      const args = parseContainerArguments(ExecArguments, command);
      const id = runs.find(args.container)?.id;
      return id === undefined ? command : { ...command, args: { ...args, container: id } as unknown as JsonValue };
    },
    prepare: (command) => {
      const args = parseContainerArguments(ExecArguments, command);
      return {
        ...common(runs, args.container),
        title: execTitle(args),
        hasTerminal: args.pty !== undefined && args.pty !== null,
        admit: () => {
          runs.admitExec(args);
          return [];
        },
        start: (plan, observer) =>
          startRun(options, command, plan, observer, {
            make: () => runs.exec(args, plan),
            stdin: stdinOf(args),
            pty: args.pty ?? undefined,
          }),
      };
    },
  };
}

function common(runs: ContainerRuns, container: string): Pick<Preparation, 'takesSlot' | 'container'> {
  const found = runs.find(container);
  return { takesSlot: true, ...(found && { container: found.number }) };
}

interface Wanted {
  readonly make: () => Promise<ContainerRun>;
  readonly stdin: StdinSpec;
  readonly pty: SpawnSpec['pty'];
}

async function startRun(
  options: ContainerKindOptions,
  command: Command,
  plan: RunPlan,
  observer: RunObserver,
  wanted: Wanted,
): Promise<RunStart> {
  const { launcher } = options.place;
  let made: ContainerRun;
  try {
    made = await wanted.make();
  } catch (error) {
    if (isAgentError(error)) return failed(error);
    throw error;
  }
  await using run = made;
  if (run.mainPid !== undefined && !launcher.abilities.reapsOrphans) {
    return failed(new AgentError('not-able', NEEDS_KEEPER));
  }
  const begun = new BegunRun(observer);
  const answer = await options.place.spawn(plan.key, specOf(options, command, plan, run, wanted), begun);
  if (answer.type === 'failed') return failedSpawn(answer);
  begun.startedAs(answer.pid);
  const error = await whyNot(options.place, plan.key, run, begun);
  if (error !== undefined) {
    launcher.forget(plan.key);
    return failed(error);
  }
  begun.pass();
  return {
    type: 'started',
    process: new LaunchedProcess(launcher, plan.key, answer.pid),
    startedAt: answer.startedAt,
  };
}

/** Why there is no process of the container; then nothing of the run is left. Undefined when there is one, or was. */
async function whyNot(
  { launcher }: LauncherPlace,
  key: RunPlan['key'],
  run: ContainerRun,
  begun: BegunRun,
): Promise<AgentError | undefined> {
  // Without a file for its pid the runtime itself stays and stands for the process.
  const hasPid = run.mainPid !== undefined;
  if (hasPid && (await begun.outcome) === 'ended') return await run.explain();
  try {
    await run.begun(hasPid ? launcher.pid(key) : undefined);
    return undefined;
  } catch (error) {
    await launcher.stop(key, 'killed', 0);
    await begun.ended;
    if (isAgentError(error)) return error;
    throw error;
  }
}

const NEEDS_KEEPER =
  'Cannot run containers without a keeper: it owns their processes; "agent.launcher" must be "keeper"';

function specOf(
  { outputDirectory, outputBytes, drainMs }: ContainerKindOptions,
  command: Command,
  plan: RunPlan,
  { program, args, env, cwd, mainPid, streamOwner }: ContainerRun,
  { stdin, pty }: Wanted,
): SpawnSpec {
  return {
    program,
    args,
    env,
    cwd,
    stdin,
    ...(pty && { pty }),
    ...(mainPid && { mainPid }),
    ...(streamOwner !== undefined && { streamOwner }),
    ...(command.maxTimeMs === undefined ? {} : { deadline: { afterMs: command.maxTimeMs, graceMs: plan.killGraceMs } }),
    keep: command.keep,
    drainMs,
    output: {
      directory: outputDirectory(plan.uid),
      start: plan.outputStart,
      keepBytes: outputBytes,
      memoryBytes: Math.max(0, MEMORY_OUTPUT_BYTES - plan.outputStart),
    },
  };
}

function stdinOf({ stdin, open_stdin: isOpen }: ExecArguments): StdinSpec {
  const bytes = stdin === undefined || stdin === null ? undefined : Buffer.from(stdin, 'utf8');
  if (isOpen === true) return bytes === undefined ? { type: 'stream' } : { type: 'stream', bytes };
  return bytes === undefined ? { type: 'none' } : { type: 'bytes', bytes };
}

function failed(error: AgentError): RunStart {
  return {
    type: 'failed',
    error: { ...error.toJSON(), number: error.number },
    retryable: error.code === 'no-resources',
  };
}

function failedSpawn({ failure, message }: SpawnFailure): RunStart {
  const { number } = ERROR_CODES[failure];
  return { type: 'failed', error: { code: failure, message, number }, retryable: failure === 'no-resources' };
}
