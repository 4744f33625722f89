import { fault } from '../base/fault.ts';
import type { Clock } from '../base/clock.ts';
import type { JobAccess } from '../engine/job-access.ts';
import { isAgentError } from '../protocol/agent-error.ts';
import type { ContainerConfig, ContainerStatus } from '../protocol/container.ts';
import type { QueueController, RequeueAfter } from '../state/controllers/controller.ts';
import type { Writable } from '../state/draft.ts';
import type { Pointer, Resource } from '../state/resource.ts';
import { isStateError } from '../state/state-error.ts';
import type { State } from '../state/state.ts';
import type { ContainerMaker } from './container-maker.ts';
import type { ContainerTable } from './container-table.ts';
import { copyIn } from './copy-in.ts';
import { EarlierStarts } from './earlier-starts.ts';
import type { ProcessRuns } from './process-runs.ts';
import { factsOf } from './job-facts.ts';
import { mainJobId, submitMain } from './main-job.ts';
import { nextStep } from './next-step.ts';
import { observe } from './observe.ts';
import { letEnd, letGoOn } from './pausing.ts';
import type { ProcessWatch } from './process-watch.ts';
import type { Removals } from './removals.ts';
import { Containers, ContainerSignals, ContainerStatuses, FINALIZER, LET_GO, OWNER } from './resources.ts';
import type { StagedFiles } from './staged-files.ts';
import { stopSignalOf } from './stop-signal.ts';
import { beginStart, endRun, newStatus, settle, takeExecs, takeMain } from './status-changes.ts';

export interface ContainerControllerOptions {
  readonly state: State;
  readonly jobs: JobAccess;
  readonly maker: ContainerMaker;
  readonly files: StagedFiles;
  readonly table: ContainerTable;
  readonly watch: ProcessWatch;
  readonly runs: ProcessRuns;
  readonly removals: Removals;
  readonly clock: Clock;
}

/** Containers that are worked on at the same time. */
const CONCURRENCY = 8;

/** Before it is looked again at a process of which nobody tells. */
const LEAST_WAIT_MS = 50;

/** In no case more steps are needed at once: starting one anew is four. */
const MOST_STEPS = 32;

/** The queue controller of containers: one after the other for each, several at a time. */
export function containerController(options: ContainerControllerOptions): QueueController {
  const work = new ContainerWork(options);
  return {
    name: OWNER,
    concurrency: CONCURRENCY,
    inputs: [
      { namespace: Containers.namespace, type: Containers.type, kind: 'primary' },
      { namespace: ContainerSignals.namespace, type: ContainerSignals.type, kind: 'mapped' },
    ],
    outputs: [{ type: ContainerStatuses.type, kind: 'exclusive' }],
    map: ({ id }) => [Containers.pointer(id)],
    reconcile: (pointer) => work.reconcile(pointer),
  };
}

type Draft = Writable<ContainerStatus>;

class ContainerWork {
  readonly #options: ContainerControllerOptions;
  /** Main processes that this agent has asked to end, and when. */
  readonly #asked = new Map<string, number>();
  readonly #earlier: EarlierStarts;
  /** Containers whose main process is being made for an earlier agent. */
  readonly #unmade = new Set<string>();
  /** Containers whose main process has ended, and whose failure says why they can't be cleared. */
  readonly #kept = new Set<string>();

  constructor(options: ContainerControllerOptions) {
    this.#options = options;
    this.#earlier = new EarlierStarts(options);
  }

  async reconcile({ id }: Pointer): Promise<RequeueAfter | undefined> {
    const { state } = this.#options;
    for (let steps = 0; steps < MOST_STEPS; steps += 1) {
      const container = (await state.find(Containers.pointer(id))) as Resource<ContainerConfig> | undefined;
      if (container === undefined) {
        await this.#forget(id);
        return undefined;
      }
      const status = await this.#look(id, container.spec);
      const answer = await this.#take(id, container, status);
      if (answer !== 'on') return answer;
    }
    throw new Error(`The container ${id} does not come to rest`);
  }

  /** What is so, with what its processes did since it was written. */
  async #look(id: string, config: ContainerConfig): Promise<ContainerStatus> {
    const { state, watch } = this.#options;
    const stored = await state.find(ContainerStatuses.pointer(id));
    const status = stored === undefined ? await this.#begin(id, config) : (stored.spec as ContainerStatus);
    await this.#earlier.takeOver(id, status);
    await letEnd(this.#options, id, status);
    const { main: told, isBeingMade, execs } = await observe(id, status, this.#options);
    const main = told && this.#earlier.correct(id, told);
    if (isBeingMade) this.#unmade.add(id);
    else this.#unmade.delete(id);
    const written = await this.#write(id, (draft) => {
      if (main !== undefined && draft.main?.id === main.id) takeMain(draft, main, config.version);
      takeExecs(draft, execs);
    });
    for (const process of execs) if (process.state === 'exited') watch.recorded(id, process.id);
    return written;
  }

  async #begin(id: string, config: ContainerConfig): Promise<ContainerStatus> {
    const { state } = this.#options;
    try {
      const made = ContainerStatuses.make({ id, spec: newStatus(config), owner: OWNER });
      return (await state.create(made, { owner: OWNER })).spec as ContainerStatus;
    } catch (error) {
      if (!isStateError(error, 'already-exists')) throw error;
      return (await state.get(ContainerStatuses.pointer(id))).spec as ContainerStatus;
    }
  }

  async #take(
    id: string,
    container: Resource<ContainerConfig>,
    status: ContainerStatus,
  ): Promise<'on' | RequeueAfter | undefined> {
    const { state } = this.#options;
    const { spec: config, metadata } = container;
    const isGoing = metadata.phase === 'tearing-down';
    const step = nextStep(config, status, isGoing);
    switch (step.type) {
      case 'wait':
        return this.#unmade.has(id) ? { requeueAfterMs: LEAST_WAIT_MS } : undefined;
      case 'start':
        await this.#start(id, config);
        return 'on';
      case 'end':
        return await this.#end(id, config, status);
      case 'clear':
        await this.#clear(id, container, status);
        return 'on';
      case 'copy-in':
        await copyIn(this.#options, id, config, status, (change) => this.#write(id, change));
        return 'on';
      case 'remove':
        await this.#remove(id, container);
        return undefined;
      case 'give-up':
        await state.teardown(Containers.pointer(id), { owner: OWNER });
        return 'on';
      case 'settle':
        await this.#settle(id, config, status);
        return undefined;
    }
  }

  /** The job's id says which start it is: asked again after a crash it is the same job, not another. */
  async #start(id: string, config: ContainerConfig): Promise<void> {
    const { jobs } = this.#options;
    const job = mainJobId(id, config.starts);
    fault('containers.start.before');
    const { entering } = await this.#write(id, (draft) => {
      beginStart(draft, config, job);
    });
    fault('containers.start.noted');
    this.#options.runs.expect(id, config.starts);
    this.#earlier.isOurs(id);
    if ((await factsOf(jobs, job)) !== undefined) return;
    const answer = await submitMain(jobs, id, config, entering ?? 0);
    fault('containers.start.submitted');
    if (answer.type === 'refused') {
      const { error = { code: 'failed', message: 'Its job was refused' } } = answer.result;
      await this.#write(id, (draft) => {
        draft.main = { id: job, state: 'exited', reason: 'rejected', message: error.message };
        endRun(draft, { version: config.version, now: this.#options.clock.now(), failure: error });
      });
    }
  }

  async #end(id: string, config: ContainerConfig, { main }: ContainerStatus): Promise<RequeueAfter | undefined> {
    const { jobs, maker, clock } = this.#options;
    if (main === undefined) return undefined;
    const { paused } = await this.#write(id, (draft) => {
      draft.state = 'stopping';
    });
    const now = clock.monotonic();
    const askedAt = this.#asked.get(main.id);
    const restMs = askedAt === undefined ? 0 : askedAt + config.stop_grace * 1000 - now;
    if (restMs > 0) return { requeueAfterMs: restMs };
    this.#asked.set(main.id, askedAt ?? now);
    try {
      // What is frozen hears nothing.
      if (paused || askedAt !== undefined) await letGoOn(maker, id).catch(() => false);
      fault('containers.end.before');
      // The job has the grace it was started with; a shorter one that was committed since counts, too.
      await jobs.kill(main.id, askedAt === undefined ? await stopSignalOf(id, config, maker) : 'SIGKILL');
      return { requeueAfterMs: Math.max(LEAST_WAIT_MS, config.stop_grace * 1000) };
    } catch (error) {
      this.#asked.delete(main.id);
      // It ended by itself: that wakes us, or has done so.
      if (isAgentError(error) && (error.code === 'not-running' || error.code === 'unknown-job')) {
        return { requeueAfterMs: LEAST_WAIT_MS };
      }
      throw error;
    }
  }

  async #clear(id: string, container: Resource<ContainerConfig>, { main }: ContainerStatus): Promise<void> {
    const { jobs, maker, clock } = this.#options;
    fault('containers.clear.before');
    const facts = main === undefined ? undefined : await factsOf(jobs, main.id);
    const why = facts?.failure ?? (await maker.explainMain(id))?.toJSON();
    const { wasOutOfMemory } = await this.#clearMade(id, container);
    fault('containers.clear.done');
    if (main !== undefined) this.#asked.delete(main.id);
    const isFailed = main?.started === undefined;
    const failure = isFailed ? (why ?? { code: 'lost', message: main?.message ?? 'Its start was lost' }) : undefined;
    await this.#write(id, (draft) => {
      if (this.#kept.delete(id)) delete draft.failure;
      endRun(draft, { version: container.spec.version, now: clock.now(), failure, wasOutOfMemory });
    });
  }

  /** What can't be cleared is tried again, and who waits for it is told why. */
  async #clearMade(id: string, { metadata, spec }: Resource<ContainerConfig>): Promise<{ wasOutOfMemory: boolean }> {
    const force = Object.hasOwn(metadata.annotations, LET_GO);
    try {
      return await this.#options.maker.clear(id, { force });
    } catch (error) {
      if (metadata.phase === 'tearing-down') {
        this.#options.removals.failed(id, error, force);
      } else if (isAgentError(error)) {
        this.#kept.add(id);
        await this.#write(id, (draft) => {
          draft.failure = { version: spec.version, code: error.code, message: error.message };
        });
      }
      throw error;
    }
  }

  async #settle(id: string, config: ContainerConfig, status: ContainerStatus): Promise<void> {
    await this.#write(id, (draft) => {
      settle(draft, config);
    });
    if (status.version === config.version) return;
    const done = config.files.filter(({ sequence }) => sequence <= status.files);
    await this.#options.files.drop(id, done);
  }

  async #remove(id: string, container: Resource<ContainerConfig>): Promise<void> {
    const { state, maker, files } = this.#options;
    fault('containers.remove.before');
    await this.#clearMade(id, container);
    await maker.remove(id);
    await files.remove(id);
    fault('containers.remove.done');
    await this.#destroy(ContainerStatuses.pointer(id));
    await state.removeFinalizer(Containers.pointer(id), FINALIZER);
    await this.#destroy(Containers.pointer(id));
    await this.#forget(id);
  }

  async #forget(id: string): Promise<void> {
    const { table, watch, runs } = this.#options;
    table.remove(id);
    watch.forget(id);
    runs.forget(id);
    this.#earlier.forget(id);
    this.#unmade.delete(id);
    this.#kept.delete(id);
    await this.#destroy(ContainerStatuses.pointer(id));
    await this.#destroy(ContainerSignals.pointer(id));
  }

  async #destroy(pointer: Pointer): Promise<void> {
    try {
      await this.#options.state.destroy(pointer, { owner: OWNER });
    } catch (error) {
      if (!isStateError(error, 'not-found')) throw error;
    }
  }

  async #write(id: string, change: (draft: Draft) => void): Promise<ContainerStatus> {
    const { state } = this.#options;
    const written = await state.updateWithConflicts<ContainerStatus>(
      ContainerStatuses.pointer(id),
      ({ spec }) => {
        change(spec);
      },
      { owner: OWNER },
    );
    return written.spec;
  }
}
