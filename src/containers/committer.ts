import { fault } from '../base/fault.ts';
import type { Clock } from '../base/clock.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { ContainerCommit, ContainerConfig, ContainerStatus } from '../protocol/container.ts';
import type { Resource } from '../state/resource.ts';
import type { Watch } from '../state/event.ts';
import { isStateError } from '../state/state-error.ts';
import type { State } from '../state/state.ts';
import type { ContainerMaker } from './container-maker.ts';
import { type ContainerTable, unknownContainer } from './container-table.ts';
import type { HandleTable } from './handle-table.ts';
import { type NextConfig, nextConfig } from './next-config.ts';
import { isUp } from './next-step.ts';
import type { PendingChange, WishDefaults } from './pending-change.ts';
import { nextNumber } from './numbers.ts';
import { Containers, ContainerStatuses, FINALIZER, OWNER } from './resources.ts';
import type { StagedFiles } from './staged-files.ts';

export interface CommitterOptions {
  readonly state: State;
  readonly table: ContainerTable;
  readonly handles: HandleTable;
  readonly files: StagedFiles;
  readonly clock: Clock;
  readonly defaults: () => WishDefaults;
  readonly maker: Pick<ContainerMaker, 'rootOf'>;
}

/** Makes what handles collected so: one versioned write for each commit, then patience until it is carried out. */
export class Committer {
  readonly #options: CommitterOptions;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /** See `ContainerAccess.commit`. */
  async commit(handle: string, signal?: AbortSignal): Promise<ContainerCommit> {
    const { handles } = this.#options;
    const change = handles.get(handle);
    // A second commit of it must not find it, whatever becomes of this one.
    handles.remove(handle);
    // From before the write: one that is for one run only may be gone right after it.
    using watch = this.#options.state.watch(ContainerStatuses.pointer(change.id), { signal });
    const { ignored, config } = await this.#write(handle, change);
    fault('containers.commit.written');
    const status = await carriedOut(watch, change, config);
    return {
      id: change.id,
      version: config.version,
      state: status.state,
      ...(status.main && { main: status.main.id }),
      ...(ignored.length > 0 && { ignored: [...ignored] }),
    };
  }

  /** What can't be committed as it is leaves the handle as it was; what somebody else got ahead of does not. */
  async #write(handle: string, change: PendingChange): Promise<NextConfig> {
    const { table, handles, files } = this.#options;
    const { id, wish } = change;
    const name = wish.name ?? change.base?.spec.name ?? '';
    try {
      table.reserve(name, id);
      const next = await this.#next(change);
      await files.put(id, change.files);
      fault('containers.commit.before');
      await this.#store(change, next.config);
      table.put(id, next.config);
      return next;
    } catch (error) {
      table.release(name, id);
      const isStale = error instanceof StaleError;
      // Of a handle that stays archives stay, too: they are nowhere else.
      await files.drop(id, isStale ? change.files : change.files.filter(({ archive }) => archive === undefined));
      if (!isStale) handles.restore(handle, change);
      throw error instanceof StaleError ? error.refusal : error;
    }
  }

  async #next(change: PendingChange): Promise<NextConfig> {
    const { state, clock, defaults, maker } = this.#options;
    const { base } = change;
    const found = await state.find(ContainerStatuses.pointer(change.id));
    const status = found?.spec as ContainerStatus | undefined;
    const facts = {
      defaults: defaults(),
      now: clock.now(),
      filesDone: Math.max(status?.files ?? 0, status?.entering ?? 0),
    };
    if (base !== undefined)
      return nextConfig(change, { ...facts, isUp: isUp(base.spec, status), root: maker.rootOf(change.id), number: 0 });
    // Whether it goes together is found before a number is used up.
    nextConfig(change, { ...facts, isUp: false, number: 1 });
    return nextConfig(change, { ...facts, isUp: false, number: await nextNumber(state) });
  }

  /** Errors: StaleError when the container is another by now. */
  async #store({ id, base }: PendingChange, config: ContainerConfig): Promise<void> {
    const { state } = this.#options;
    const labels = labelsOf(config);
    try {
      if (base === undefined) {
        const made = Containers.make({ id, spec: config, owner: OWNER, finalizers: [FINALIZER], labels });
        await state.create(made, { owner: OWNER });
      } else {
        await state.update({ metadata: { ...base.metadata, labels }, spec: config }, { owner: OWNER });
      }
    } catch (error) {
      throw isStateError(error) ? new StaleError(conflict(error.code, config.name)) : error;
    }
  }
}

/** Resolves once the container is as this commit, or a later one, wanted it. Errors: why it is not. */
async function carriedOut(
  watch: Watch,
  { runState }: PendingChange,
  config: ContainerConfig,
): Promise<ContainerStatus> {
  for await (const event of watch) {
    if (!('resource' in event)) continue;
    const status = (event.resource as Resource<ContainerStatus>).spec;
    // It was to go with its main process, or somebody removed it meanwhile.
    if (event.type === 'destroyed') {
      if (status.starts >= config.starts) return status;
      throw unknownContainer(config.name);
    }
    const { failure, state } = status;
    if (failure !== undefined && failure.version >= config.version) throw refusalOf(failure);
    if (status.version < config.version) continue;
    if (runState !== 'running') return status;
    if (status.starts < config.starts) throw overtaken(config.name);
    // It counted on a start that was under way and came to nothing.
    if (failure !== undefined && (state === 'created' || state === 'stopped')) throw refusalOf(failure);
    return status;
  }
  throw new AgentError(
    'cancelled',
    `Cannot wait for the container "${config.name}" any more: its configuration is committed, and is carried out all the same`,
  );
}

/** Somebody else was first: the handle is of no use any more. */
class StaleError extends Error {
  readonly refusal: AgentError;

  constructor(refusal: AgentError) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** What resources of containers can be asked for by. */
function labelsOf({ name, tags }: ContainerConfig): Record<string, string> {
  return { name, ...Object.fromEntries(tags.map((tag) => [`tag.${tag}`, ''])) };
}

function refusalOf({ code, message }: NonNullable<ContainerStatus['failure']>): AgentError {
  return AgentError.fromJSON({ code, message });
}

function overtaken(name: string): AgentError {
  return new AgentError(
    'version-conflict',
    `Cannot start the container "${name}": a later commit wanted otherwise before it was started`,
  );
}

function conflict(code: string, name: string): AgentError {
  if (code === 'not-found') return unknownContainer(name);
  if (code === 'version-conflict' || code === 'phase-conflict') {
    const why = code === 'phase-conflict' ? 'it is being removed' : 'somebody else committed since the handle was made';
    return new AgentError(
      'version-conflict',
      `Cannot commit the container "${name}": ${why}; nothing was changed, get another handle`,
    );
  }
  return AgentError.fromJSON({ code, message: `Cannot commit the container "${name}"` });
}
