import { type Clock, systemClock } from '../base/clock.ts';
import type { Backend, OwnerOptions, UpdateOptions, WatchKindOptions, WatchOptions } from './backend.ts';
import { Collections } from './collections.ts';
import type { StateEvent, Watch } from './event.ts';
import type { EventLog } from './event-log.ts';
import { compileQuery, type Query } from './query.ts';
import { clone, freeze, type Kind, type Pointer, type Resource } from './resource.ts';
import { StateError } from './state-error.ts';
import { mustBeThere } from './transitions.ts';
import { watchAll, watchAllAggregated, watchOne, type Watchable } from './watching.ts';

export interface LoggedBackendOptions {
  /** Events a watcher may fall behind before it is ended. @default 65_536 */
  readonly watchLimit?: number;
  /** Default: the machine's own. */
  readonly clock?: Clock;
}

export interface BackendFigures {
  readonly kinds: readonly (Kind & { readonly count: number })[];
  readonly watches: number;
}

const DEFAULT_WATCH_LIMIT = 65_536;

/** Reads and watches of what is in memory, each change of which is in the log. How it is changed is up to each backend. */
export abstract class LoggedBackend implements Backend {
  readonly log: EventLog;
  protected readonly stored = new Collections();
  protected readonly clock: Clock;
  readonly #world: Watchable;
  #isClosed = false;

  constructor(log: EventLog, { watchLimit = DEFAULT_WATCH_LIMIT, clock = systemClock }: LoggedBackendOptions) {
    this.log = log;
    this.clock = clock;
    this.#world = {
      log,
      limit: watchLimit,
      find: (pointer) => this.stored.find(pointer),
      all: (kind) => this.stored.all(kind),
      open: new Set(),
    };
  }

  abstract create(resource: Resource, options?: OwnerOptions): Promise<Resource>;
  abstract update(resource: Resource, options?: UpdateOptions): Promise<Resource>;
  abstract destroy(pointer: Pointer, options?: OwnerOptions): Promise<void>;

  async get(pointer: Pointer): Promise<Resource> {
    this.mustBeOpen();
    return mustBeThere(this.stored.find(pointer), pointer, 'get');
  }

  async find(pointer: Pointer): Promise<Resource | undefined> {
    this.mustBeOpen();
    return this.stored.find(pointer);
  }

  async list(kind: Kind, query: Query = {}): Promise<readonly Resource[]> {
    this.mustBeOpen();
    const matches = compileQuery(query);
    const all = this.stored.all(kind);
    return matches === undefined ? all : all.filter(matches);
  }

  /** How many resources there are of each kind of which there are any, and how many watches. */
  figures(): BackendFigures {
    return { kinds: this.stored.sizes(), watches: this.#world.open.size };
  }

  watch(pointer: Pointer, options: WatchOptions = {}): Watch {
    this.mustBeOpen();
    return watchOne(this.#world, pointer, options);
  }

  watchKind(kind: Kind, options: WatchKindOptions = {}): Watch {
    this.mustBeOpen();
    return watchAll(this.#world, kind, options);
  }

  watchKindAggregated(kind: Kind, options: WatchKindOptions = {}): Watch<readonly StateEvent[]> {
    this.mustBeOpen();
    return watchAllAggregated(this.#world, kind, options);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      await this.finish();
    } finally {
      for (const watch of this.#world.open) watch.close();
    }
  }

  /** What is to be done before watches end: nothing new comes. */
  protected async finish(): Promise<void> {
    // Nothing to be waited for.
  }

  /** Errors: StateError `closed`. */
  protected mustBeOpen(): void {
    if (this.#isClosed) throw new StateError('closed', 'Cannot use the state: it is closed');
  }
}

/** What is stored is nobody else's: a resource that is frozen already can't change under us. */
export function owned(resource: Resource): Resource {
  return Object.isFrozen(resource) && Object.isFrozen(resource.metadata) && isDeepFrozen(resource.spec)
    ? resource
    : freeze(clone(resource));
}

function isDeepFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeepFrozen);
}
