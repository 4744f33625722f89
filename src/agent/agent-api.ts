/** What an agent is to those who start and embed it. */
import type { Clock } from '../base/clock.ts';
import type { Builtin } from '../engine/builtin.ts';
import type { ContainerAccess } from '../engine/container-access.ts';
import type { Handler } from '../engine/handlers.ts';
import type { Hook } from '../engine/hooks/hook.ts';
import type { JobAccess, QueueAccess } from '../engine/job-access.ts';
import type { RecoveryReport } from '../engine/recovery.ts';
import type { Submission } from '../engine/submission.ts';
import type { Launcher } from '../host/launcher.ts';
import type { WireCommand } from '../protocol/command.ts';
import type { JobResult } from '../protocol/result.ts';
import type { State } from '../state/state.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Config } from './config.ts';
import type { Controllers } from './resources/controllers.ts';
import type { EmbeddedResources } from './resources/embedded-resources.ts';

export interface AgentOptions {
  readonly config: Config;
  /** Reads it again, for {@link Agent.reload}. Default: it stays as it is. */
  readonly readConfig?: () => Config;
  readonly logger: Logger;
  /** Built-ins beside the shipped ones. */
  readonly builtins?: readonly Builtin[];
  /** Types of resources and controllers beside the agent's own. */
  readonly resources?: EmbeddedResources;
  /** What owns the processes. Default: this process. */
  readonly launcher?: Launcher;
  /** Default: the machine's own. */
  readonly clock?: Clock;
  /** The agent's environment, of which an allow-list reaches processes. Default: the process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Called last, when everything is closed. */
  readonly onClosed?: () => Promise<void>;
  /** Called when a command asked the agent to stop, instead of stopping here. */
  readonly onStopRequested?: (options: { readonly drain: boolean; readonly deadlineMs?: number }) => void;
}

export interface SubmitExtras {
  readonly hooks?: readonly Hook[];
  readonly protected?: boolean;
}

/** Ends jobs that can't go on within this time when nothing else was said, milliseconds. */
export const STOP_DEADLINE_MS = 20_000;

/** A running agent. */
export interface Agent extends AsyncDisposable {
  readonly name: string;
  /** Addresses clients may use, `unix:…` and `ws://…`. */
  readonly endpoints: readonly string[];
  /** What was brought back from the store at the start. */
  readonly recovery: RecoveryReport;
  readonly jobs: JobAccess;
  readonly queues: QueueAccess;
  /** Its containers. Making one takes Linux, the rights of root, an OCI runtime, and a keeper. */
  readonly containers: ContainerAccess;
  /** Its resources, without the limits of clients. */
  readonly state: State;
  /** What makes true what is wished for. They run while the agent takes commands. */
  readonly controllers: ControllerRegistry;
  /** Takes a command, spelled as on the wire. Errors: AgentError `bad-command`; everything else is a refusal. */
  submit(command: WireCommand, extras?: SubmitExtras): Submission;
  /**
   * Takes a command and resolves to its result: refused, answered, or settled. Errors: AgentError `bad-command`;
   * `shutting-down` when the agent ends before the job, which then goes on with the next.
   */
  run(command: WireCommand, extras?: SubmitExtras): Promise<JobResult>;
  /** Registers a built-in; disposing takes it back. Errors: TypeError for a bad or taken name. */
  register(builtin: Builtin): Disposable;
  addHandler(handler: Handler): Disposable;
  /**
   * Token, certificates and the configuration are read again; sessions of an old token are dropped. Of the configuration
   * it takes effect what `docs/configuration.md` names. Errors: ConfigError; then all stays as it was.
   */
  reload(): Promise<void>;
  /** Ends in order. Idempotent; `deadlineMs` bounds how long running jobs may take. */
  stop(options?: StopAgentOptions): Promise<void>;
}

/** Takes controllers, and tells of all there are, the agent's own included. */
export type ControllerRegistry = Pick<Controllers, 'register' | 'registerQueue' | 'counts' | 'edges' | 'draw'>;

export interface StopAgentOptions {
  /** End the jobs that could go on without the agent, too. Default false. */
  readonly drain?: boolean;
  readonly deadlineMs?: number;
}
