import { randomUUID } from 'node:crypto';

import { type Clock, systemClock } from '../base/clock.ts';
import type { Backend, OwnerOptions, UpdateOptions, WatchKindOptions, WatchOptions } from './backend.ts';
import { Collections } from './collections.ts';
import type { StateEvent, Watch } from './event.ts';
import { EventLog } from './event-log.ts';
import { compileQuery, type Query } from './query.ts';
import { clone, freeze, type Kind, type Pointer, type Resource } from './resource.ts';
import { StateError } from './state-error.ts';
import { mustBeThere, whenCreated, whenDestroyed, whenUpdated } from './transitions.ts';
import { watchAll, watchAllAggregated, watchOne, type Watchable } from './watching.ts';

export interface MemoryBackendOptions {
  /** Shared with other backends, whose order of events is then one. Default: its own. */
  readonly log?: EventLog;
  /** Events a watcher may fall behind before it is ended. @default 65_536 */
  readonly watchLimit?: number;
  /** Default: the machine's own. */
  readonly clock?: Clock;
}

export const DEFAULT_WATCH_LIMIT = 65_536;

/** Keeps resources as long as the process lives. */
export class MemoryBackend implements Backend {
  readonly log: EventLog;
  readonly #stored = new Collections();
  readonly #clock: Clock;
  readonly #world: Watchable;
  #isClosed = false;

  constructor({
    log = new EventLog(),
    watchLimit = DEFAULT_WATCH_LIMIT,
    clock = systemClock,
  }: MemoryBackendOptions = {}) {
    this.log = log;
    this.#clock = clock;
    this.#world = {
      log,
      limit: watchLimit,
      find: (pointer) => this.#stored.find(pointer),
      all: (kind) => this.#stored.all(kind),
      open: new Set(),
    };
  }

  async get(pointer: Pointer): Promise<Resource> {
    this.#mustBeOpen();
    return mustBeThere(this.#stored.find(pointer), pointer, 'get');
  }

  async list(kind: Kind, query: Query = {}): Promise<readonly Resource[]> {
    this.#mustBeOpen();
    const matches = compileQuery(query);
    const all = this.#stored.all(kind);
    return matches === undefined ? all : all.filter(matches);
  }

  async create(resource: Resource, options: OwnerOptions = {}): Promise<Resource> {
    this.#mustBeOpen();
    const moment = { now: this.#clock.now(), uid: randomUUID() };
    const created = whenCreated(this.#stored.find(resource.metadata), owned(resource), options, moment);
    this.#stored.put(created);
    this.log.append(created.metadata, { type: 'created', resource: created });
    return created;
  }

  async update(resource: Resource, options: UpdateOptions = {}): Promise<Resource> {
    this.#mustBeOpen();
    const old = this.#stored.find(resource.metadata);
    const updated = whenUpdated(old, owned(resource), options, { now: this.#clock.now() });
    this.#stored.put(updated);
    this.log.append(updated.metadata, { type: 'updated', resource: updated, ...(old && { old }) });
    return updated;
  }

  async destroy(pointer: Pointer, options: OwnerOptions = {}): Promise<void> {
    this.#mustBeOpen();
    const resource = whenDestroyed(this.#stored.find(pointer), pointer, options);
    this.#stored.remove(pointer);
    this.log.append(pointer, { type: 'destroyed', resource });
  }

  watch(pointer: Pointer, options: WatchOptions = {}): Watch {
    this.#mustBeOpen();
    return watchOne(this.#world, pointer, options);
  }

  watchKind(kind: Kind, options: WatchKindOptions = {}): Watch {
    this.#mustBeOpen();
    return watchAll(this.#world, kind, options);
  }

  watchKindAggregated(kind: Kind, options: WatchKindOptions = {}): Watch<readonly StateEvent[]> {
    this.#mustBeOpen();
    return watchAllAggregated(this.#world, kind, options);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const watch of this.#world.open) watch.close();
  }

  #mustBeOpen(): void {
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
