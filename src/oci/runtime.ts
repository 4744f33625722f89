/**
 * The port to an OCI runtime: the program that makes a container out of a bundle (a directory with `config.json`).
 *
 * ```
 *            createPlan                 start              its program ends, kill
 *   (none) ─────────────▶ created ─────────────▶ running ────────────────────────▶ stopped ── delete ──▶ (none)
 *                                                 │  ▲
 *                                           pause ▼  │ resume
 *                                                paused
 * ```
 *
 * What leaves a process behind — a container, a program that joins one — is never started here: the port says how the
 * keeper is to start it ({@link RuntimeRun}), so that its output, end and stop are those of every other run. All other
 * calls end before they answer.
 */
import type { Capability } from '../host/confine/capabilities.ts';
import type { SpawnSpec } from '../host/launcher.ts';
import type { AgentError } from '../protocol/agent-error.ts';
import type { IdMap } from './id-map.ts';
import type { ContainerLimits } from './spec/container-limits.ts';
import type { ProcessPlan } from './spec/process-plan.ts';
import type { RuntimeConfig, RuntimeMount } from './spec/runtime-config.ts';

export const RUNTIME_NAMES = ['runc', 'crun'] as const;
export type RuntimeName = (typeof RUNTIME_NAMES)[number];

export const CONTAINER_STATUSES = ['creating', 'created', 'running', 'paused', 'stopped'] as const;
export type ContainerStatus = (typeof CONTAINER_STATUSES)[number];

export interface ContainerState {
  readonly id: string;
  readonly status: ContainerStatus;
  /** Its first process, as the machine numbers it; undefined when it has none (any more). */
  readonly pid: number | undefined;
  readonly bundle: string;
}

/** How the keeper is to start a program that the runtime makes: the part of a {@link SpawnSpec} that is the runtime's. */
export interface RuntimeRun extends Pick<SpawnSpec, 'program' | 'args' | 'env' | 'cwd' | 'mainPid' | 'streamOwner'> {
  /** What {@link OciRuntime.explain} reads when the run ended without having had a process. */
  readonly log: string;
}

/** What is mounted as the root of a container. */
export type RootMount = Pick<RuntimeMount, 'type' | 'source' | 'options'>;

export interface CreateRequest {
  readonly id: string;
  /** The bundle's directory: made by the caller, its own, closed to others. Everything of the container is written there. */
  readonly bundle: string;
  readonly config: RuntimeConfig;
  /** As the configuration has it. */
  readonly idMap?: IdMap;
  /**
   * Mounted at `MAPPED_ROOT`, which the configuration then names as the root, before the runtime starts. For a container whose
   * users are mapped: its first user walks to the root, and could not enter a directory of the agent.
   */
  readonly rootMount?: RootMount;
  /** Starts the program as soon as the container is there. Without it `start()` does. Always with a terminal. Default: no. */
  readonly startAtOnce?: boolean;
}

export interface ExecRequest {
  /** A container that runs. */
  readonly id: string;
  /** The container's bundle. */
  readonly bundle: string;
  /** Names this program among all that ever joined the container. */
  readonly execId: string;
  readonly process: Omit<ProcessPlan, 'capabilities'>;
  /** As the container has them. */
  readonly capabilities: readonly Capability[];
  /** As the container has it. */
  readonly idMap?: IdMap;
}

/**
 * Every id is checked first: AgentError `bad-arguments`. What the runtime refuses is an AgentError that says why, see
 * {@link explainRuntime}; `not-able` when it does not answer.
 */
export interface OciRuntime {
  readonly name: RuntimeName;
  /** Absolute path of its program. */
  readonly program: string;

  /**
   * Writes `config.json` and says how the keeper starts the container. The run's main process is the container's first one.
   * With a terminal it is the runtime itself, which stays, passes everything on and removes the container at the end; a
   * program that a signal ended then reads as one that exited with 128 and the signal's number.
   */
  createPlan(request: CreateRequest): Promise<RuntimeRun>;
  /** Lets the program of a created container begin. */
  start(id: string): Promise<void>;
  /** How the keeper starts another program in a container that runs. */
  execPlan(request: ExecRequest): Promise<RuntimeRun>;
  /** Why a run that should have had a process had none; undefined when the runtime left no word. */
  explain(run: Pick<RuntimeRun, 'log'>): Promise<AgentError | undefined>;
  /** Undefined when there is no such container. */
  state(id: string): Promise<ContainerState | undefined>;
  /** All containers of this runtime's state directory. */
  list(): Promise<readonly ContainerState[]>;
  /** Signals the first process. False when there is none to take it (any more). */
  kill(id: string, signal: NodeJS.Signals): Promise<boolean>;
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  /** Changes the limits of a container that is there. */
  update(id: string, limits: ContainerLimits): Promise<void>;
  /** Removes a container; with `force` whatever runs in it is killed first. None there is success. */
  delete(id: string, options?: { readonly force?: boolean }): Promise<void>;
}
