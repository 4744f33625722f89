/** What this kind needs of whoever keeps containers. The agent puts the two together. */
import type { RunKey } from '../../engine/process.ts';
import type { SpawnSpec } from '../../host/launcher.ts';
import type { AgentError } from '../../protocol/agent-error.ts';
import type { ExecArguments, MainArguments } from './container-arguments.ts';

/** How the launcher starts a process in a container. To be disposed of once that has begun, or has not. */
export interface ContainerRun
  extends Pick<SpawnSpec, 'program' | 'args' | 'env' | 'cwd' | 'mainPid' | 'streamOwner'>, AsyncDisposable {
  /**
   * Called once the process is there, before anybody hears of it: it may be held until then. `pid` is missing when the
   * runtime stands for it. Errors: AgentError when it must not go on; then it is ended.
   */
  begun(pid: number | undefined): Promise<void>;
  /** Why the runtime ended without having made the process; undefined when it left no word. */
  explain(): Promise<AgentError | undefined>;
}

/** The run a process is made for. */
export interface RunOfContainer {
  readonly key: RunKey;
  readonly jobId: string;
  readonly traceparent?: string | undefined;
}

/** Errors of all are AgentErrors that say why. */
export interface ContainerRuns {
  /** Undefined when there is no container of this id or name. */
  find(container: string): { readonly id: string; readonly number: number } | undefined;
  /** Refuses a main process that nobody asked for. */
  admitMain(args: MainArguments, jobId: string): void;
  /** Refuses a program for a container that does not run. */
  admitExec(args: ExecArguments): void;
  main(args: MainArguments, run: RunOfContainer): Promise<ContainerRun>;
  exec(args: ExecArguments, run: RunOfContainer): Promise<ContainerRun>;
}
