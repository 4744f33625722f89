import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type {
  ArchivePart,
  ArchiveToCopy,
  ContainerAccess,
  ContainerFilePart,
  ContainerProgram,
  FileToCopy,
  NamedContainerEvent,
} from '../engine/container-access.ts';
import type { JobAccess } from '../engine/job-access.ts';
import type { Caller } from '../engine/submission.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { Command } from '../protocol/command.ts';
import type { ContainerChange } from '../protocol/container-change.ts';
import type {
  ContainerCommit,
  ContainerConfig,
  ContainerInfo,
  ContainerState,
  ContainerStatus,
} from '../protocol/container.ts';
import type { Resource } from '../state/resource.ts';
import type { State } from '../state/state.ts';
import { ArchiveStreams } from './archive-streams.ts';
import { Committer } from './committer.ts';
import { containerEvents } from './container-events.ts';
import type { ContainerMaker } from './container-maker.ts';
import { type ContainerTable, type KnownContainer, unknownContainer } from './container-table.ts';
import { destroyContainer } from './destroy-container.ts';
import { execInContainer, dispatchToContainer } from './exec-in-container.ts';
import { HandleTable } from './handle-table.ts';
import { PendingArchives } from './pending-archives.ts';
import {
  checkDirectory,
  checkTarget,
  newChange,
  withFile,
  withRunState,
  withWishes,
  type WishDefaults,
} from './pending-change.ts';
import type { ProcessWatch } from './process-watch.ts';
import { pauseContainer, resumeContainer } from './pausing.ts';
import type { Removals } from './removals.ts';
import { Containers as ContainerResources, ContainerStatuses } from './resources.ts';
import { signalTarget } from './signal-target.ts';
import type { StagedFiles } from './staged-files.ts';
import { takeExecs, takeMain } from './status-changes.ts';
import { observe } from './observe.ts';
import { waitForState } from './wait-for-state.ts';

export interface ContainersOptions {
  readonly state: State;
  readonly jobs: JobAccess;
  readonly maker: ContainerMaker;
  readonly files: StagedFiles;
  readonly table: ContainerTable;
  readonly watch: ProcessWatch;
  readonly removals: Removals;
  readonly clock: Clock;
  /** The address that a container has in its network now; undefined when it has none of its own. */
  readonly addressOf: (id: string) => Promise<string | undefined>;
  /** What wishes are that nobody made. Asked each time: the configuration may be read again. */
  readonly defaults: () => WishDefaults;
}

/** The containers of an agent, as callers have them. */
export class Containers implements ContainerAccess, AsyncDisposable {
  readonly #options: ContainersOptions;
  readonly #handles: HandleTable;
  readonly #committer: Committer;
  readonly #archives: PendingArchives;
  readonly #streams: ArchiveStreams;

  constructor(options: ContainersOptions) {
    this.#options = options;
    const { clock, files: staged } = options;
    this.#handles = new HandleTable(clock, ({ id, files }) => {
      const archives = files.filter(({ archive }) => archive !== undefined);
      // What can't be removed now is when the agent starts again.
      void staged.drop(id, archives).catch(() => undefined);
    });
    this.#archives = new PendingArchives(this.#handles, staged);
    this.#streams = new ArchiveStreams(clock);
    this.#committer = new Committer({ ...options, handles: this.#handles });
  }

  create(name: string): string {
    const { defaults } = this.#options;
    return this.#handles.add(withWishes(newChange(randomUUID(), undefined), { name }, defaults()));
  }

  idOf(handle: string): string {
    return this.#handles.get(handle).id;
  }

  async handle(container: string): Promise<string> {
    const { id } = this.#options.table.get(container);
    return this.#handles.add(newChange(id, await this.#stored(id)));
  }

  change(handle: string, change: ContainerChange): string {
    return this.#handles.exchange(handle, (before) => withWishes(before, change, this.#options.defaults()));
  }

  copyTo(handle: string, file: FileToCopy): string {
    return this.#handles.exchange(handle, (before) => withFile(before, file));
  }

  writeArchive(handle: string, archive: ArchiveToCopy): Promise<string> {
    return this.#archives.write(handle, archive);
  }

  dropArchive(handle: string, path: string): Promise<string> {
    return this.#archives.drop(handle, path);
  }

  setRunState(handle: string, state: string): string {
    return this.#handles.exchange(handle, (before) => withRunState(before, state));
  }

  commit(handle: string, signal?: AbortSignal): Promise<ContainerCommit> {
    return this.#committer.commit(handle, signal);
  }

  async destroy(
    container: string,
    { force = false }: { readonly force?: boolean } = {},
    signal?: AbortSignal,
  ): Promise<void> {
    await destroyContainer(this.#options, this.#options.table.get(container), force, signal);
  }

  async exec(container: string, program: ContainerProgram): Promise<string> {
    const { jobs, table } = this.#options;
    return await execInContainer(jobs, table.get(container), program);
  }

  async dispatch(
    container: string,
    command: Command,
    caller: Caller,
  ): Promise<{ readonly id: string; readonly attached: boolean }> {
    const { jobs, table } = this.#options;
    return await dispatchToContainer(jobs, table.get(container), command, caller);
  }

  async signal(target: string, signal: NodeJS.Signals): Promise<void> {
    const { jobs, table, maker } = this.#options;
    const known = table.find(target);
    const main = known === undefined ? undefined : (await this.#status(known)).main?.id;
    await signalTarget({ jobs, table, maker }, main ?? target, known, signal);
  }

  async list(state?: ContainerState): Promise<readonly ContainerInfo[]> {
    const all = await Promise.all(this.#options.table.all.map((known) => this.#info(known)));
    return all.filter((info) => info !== undefined).filter((info) => state === undefined || info.state === state);
  }

  async find(tags: readonly string[]): Promise<readonly ContainerInfo[]> {
    const all = await this.list();
    return all.filter((info) => tags.every((tag) => info.tags.includes(tag)));
  }

  async config(container: string): Promise<ContainerConfig & { readonly id: string }> {
    const { id } = this.#options.table.get(container);
    return { id, ...structuredClone((await this.#stored(id)).spec) };
  }

  async state(container: string): Promise<ContainerStatus & { readonly id: string; readonly address?: string }> {
    const known = this.#options.table.get(container);
    const [status, address] = await Promise.all([this.#status(known), this.#options.addressOf(known.id)]);
    return { id: known.id, ...status, ...(address !== undefined && { address }) };
  }

  async copyFrom(
    container: string,
    path: string,
    part: { readonly offset: number; readonly length: number },
  ): Promise<ContainerFilePart> {
    const known = this.#options.table.get(container);
    checkTarget(path);
    const pid = await this.#pidOf(known, 'copy from');
    return await this.#options.maker.copyFrom(known.id, pid, path, part);
  }

  async readArchive(
    container: string,
    path: string,
    { contents = false }: { readonly contents?: boolean } = {},
  ): Promise<ArchivePart> {
    const known = this.#options.table.get(container);
    checkDirectory(path);
    const pid = await this.#pidOf(known, 'copy from');
    return await this.#streams.begin(() => this.#options.maker.readTree(known.id, pid, { path, contents }));
  }

  nextOfArchive(stream: string, offset: number): Promise<ArchivePart> {
    return this.#streams.next(stream, offset);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#streams[Symbol.asyncDispose]();
  }

  async pause(container: string): Promise<void> {
    const known = this.#options.table.get(container);
    await this.#pidOf(known, 'pause');
    await pauseContainer(this.#options, known);
  }

  async resume(container: string): Promise<void> {
    const known = this.#options.table.get(container);
    await this.#pidOf(known, 'resume');
    await resumeContainer(this.#options, known);
  }

  async wait(
    container: string,
    state: ContainerState,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<ContainerStatus & { readonly id: string }> {
    const { table, clock } = this.#options;
    const known = table.get(container);
    return { id: known.id, ...(await waitForState(this.#options.state, clock, known, state, options)) };
  }

  events(signal?: AbortSignal): AsyncIterable<NamedContainerEvent> {
    return containerEvents(this.#options.state, this.#options.clock, signal);
  }

  /** A copy that is the caller's, as of now: jobs know of processes before the controller does. */
  async #status({ id, name }: KnownContainer): Promise<ContainerStatus> {
    const { state } = this.#options;
    const stored = await state.find(ContainerStatuses.pointer(id));
    if (stored === undefined) throw unknownContainer(name);
    const status = structuredClone(stored.spec as ContainerStatus);
    const { main, execs } = await observe(id, status, this.#options);
    if (main !== undefined) takeMain(status, main, status.version);
    takeExecs(status, execs);
    return { ...status, events: status.events.slice(0, (stored.spec as ContainerStatus).events.length) };
  }

  async #stored(id: string): Promise<Resource<ContainerConfig>> {
    const stored = await this.#options.state.find(ContainerResources.pointer(id));
    if (stored === undefined) throw unknownContainer(id);
    return stored as Resource<ContainerConfig>;
  }

  /** Undefined for one that goes in this moment. */
  async #info(known: KnownContainer): Promise<ContainerInfo | undefined> {
    const { state } = this.#options;
    const [stored, found] = await Promise.all([
      state.find(ContainerResources.pointer(known.id)),
      state.find(ContainerStatuses.pointer(known.id)),
    ]);
    if (stored === undefined || found === undefined) return undefined;
    const { name, number, image, created, version, tags } = stored.spec as ContainerConfig;
    const { state: stands, paused, main } = found.spec as ContainerStatus;
    return {
      id: known.id,
      name,
      number,
      ...(image !== undefined && { image }),
      state: stands,
      paused,
      created,
      version,
      tags: [...tags],
      ...(main?.state === 'started' && main.pid !== undefined && { pid: main.pid }),
      ...(main?.exit_code !== undefined && { exit_code: main.exit_code }),
    };
  }

  async #pidOf(known: KnownContainer, verb: string): Promise<number> {
    const { main, state } = await this.#status(known);
    if (state === 'running' && main?.state === 'started' && main.pid !== undefined) return main.pid;
    throw new AgentError('not-running', `Cannot ${verb} the container "${known.name}": it is ${state}, not running`);
  }
}
