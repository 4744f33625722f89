import type { JobAccess } from '../engine/job-access.ts';
import { fault } from '../base/fault.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { ContainerConfig, ContainerStatus } from '../protocol/container.ts';
import type { State } from '../state/state.ts';
import type { ContainerMaker, PlannedRun, RunOfProcess } from './container-maker.ts';
import type { ContainerTable, KnownContainer } from './container-table.ts';
import { unknownContainer } from './container-table.ts';
import { mainJobId } from './main-job.ts';
import { Containers, ContainerStatuses } from './resources.ts';
import type { StagedFiles } from './staged-files.ts';

export interface ProcessRunsOptions {
  readonly state: State;
  readonly jobs: () => JobAccess;
  readonly table: ContainerTable;
  readonly files: StagedFiles;
  readonly maker: ContainerMaker;
}

/** What a main process is started from. */
interface MainRequest {
  readonly container: string;
  readonly start: number;
  readonly files: number;
  readonly pty?: object | null | undefined;
}

/** What a program beside it is started from. */
interface ExecRequest {
  readonly container: string;
  readonly name: string;
  readonly args?: readonly string[] | null | undefined;
  readonly dir?: string | null | undefined;
  readonly env?: Readonly<Record<string, string>> | null | undefined;
  readonly user?: string | null | undefined;
  readonly pty?: { readonly columns: number; readonly rows: number } | null | undefined;
}

/** Plans the runs of jobs that are processes of containers, and refuses those that can be none. */
export class ProcessRuns {
  readonly #options: ProcessRunsOptions;
  /** The main process that each container is to have: the controller says so before it asks for it. */
  readonly #mains = new Map<string, string>();

  constructor(options: ProcessRunsOptions) {
    this.#options = options;
  }

  find(container: string): KnownContainer | undefined {
    return this.#options.table.find(container);
  }

  /** From now on the job of this start is its main process. */
  expect(id: string, start: number): void {
    this.#mains.set(id, mainJobId(id, start));
  }

  forget(id: string): void {
    this.#mains.delete(id);
  }

  admitMain({ container, start }: MainRequest, jobId: string): void {
    const { id, name } = this.#options.table.get(container);
    if (jobId === mainJobId(id, start) && this.#mains.get(id) === jobId) return;
    throw new AgentError(
      'forbidden',
      `Cannot start the container "${name}" so: only a commit that sets its run state does that`,
    );
  }

  admitExec({ container }: ExecRequest): void {
    this.#pidOf(this.#options.table.get(container));
  }

  async main({ container, start, files: last }: MainRequest, run: RunOfProcess): Promise<PlannedRun> {
    const { maker, files } = this.#options;
    const { config, status } = await this.#look(container);
    if (config.run_state !== 'running' || config.starts !== start) {
      throw new AgentError('cancelled', `Cannot start the container "${config.name}": it is not to run any more`);
    }
    const waiting = config.files.filter(({ sequence }) => sequence > status.files && sequence <= last);
    fault('containers.main.before');
    const planned = await maker.main(
      container,
      config,
      waiting.map((file) => files.staged(container, file)),
      run,
    );
    fault('containers.main.made');
    return planned;
  }

  async exec(request: ExecRequest, run: RunOfProcess): Promise<PlannedRun> {
    const { table, maker } = this.#options;
    const known = table.get(request.container);
    this.#pidOf(known);
    const { config, status } = await this.#look(known.id);
    if (status.paused)
      throw new AgentError('not-running', `Cannot run a program in the container "${known.name}": it is paused`);
    const { name, args, dir, env, user, pty } = request;
    const program = {
      path: name,
      args: [...(args ?? [])],
      ...(typeof dir === 'string'
        ? { dir }
        : config.entry_point?.dir === undefined
          ? {}
          : { dir: config.entry_point.dir }),
      env: env ?? {},
      user: user ?? config.user,
      terminal: pty ?? undefined,
    };
    fault('containers.exec.before');
    return await maker.exec(known.id, config, program, run);
  }

  /** Its main process as the machine numbers it. Errors: AgentError `not-running`. */
  #pidOf({ id, name }: KnownContainer): number {
    const job = this.#mains.get(id);
    const [info] = job === undefined ? [] : this.#options.jobs().list({ ids: [job] });
    if (info?.state === 'running' && info.pid !== undefined) return info.pid;
    throw new AgentError('not-running', `Cannot run a program in the container "${name}": it does not run`);
  }

  async #look(id: string): Promise<{ readonly config: ContainerConfig; readonly status: ContainerStatus }> {
    const { state } = this.#options;
    const container = await state.find(Containers.pointer(id));
    const status = await state.find(ContainerStatuses.pointer(id));
    if (container === undefined || status === undefined) throw unknownContainer(id);
    return { config: container.spec as ContainerConfig, status: status.spec as ContainerStatus };
  }
}
