/** The port to whatever keeps resources: what each backend does, and no more. `State` adds what can be made of it. */
import type { Bookmark, StateEvent, Watch } from './event.ts';
import type { Query } from './query.ts';
import type { Kind, Phase, Pointer, Resource } from './resource.ts';

export interface OwnerOptions {
  /** Who writes; what belongs to another is not written to. @default '' nobody */
  readonly owner?: string | undefined;
}

export interface UpdateOptions extends OwnerOptions {
  /** What the stored resource must be in. @default 'running' */
  readonly expectedPhase?: Phase | 'any' | undefined;
}

export interface WatchOptions {
  /** Begins with as many of the newest events as are kept, this many at most, instead of the present state. */
  readonly tail?: number | undefined;
  /** Begins behind this place. */
  readonly from?: Bookmark | undefined;
  /** Ends it, quietly. */
  readonly signal?: AbortSignal | undefined;
}

export interface WatchKindOptions extends WatchOptions, Query {
  /** Begins with `created` for each resource there is, by id, and `bootstrapped`. @default false */
  readonly bootstrap?: boolean | undefined;
  /** Begins with `noop` and a bookmark. @default false */
  readonly bootstrapBookmark?: boolean | undefined;
}

/**
 * Keeps resources. What it gives is frozen. Errors of all are StateErrors.
 *
 * Promises of writes resolve when the write can't be lost any more to what the backend survives, and events of it are
 * told after that. A watch is registered when the method returns, whatever is asked of the iterator later, and sees what
 * was there then and every later change, in order, with nothing in between missing.
 */
export interface Backend {
  /** Errors: `not-found`. */
  get(pointer: Pointer): Promise<Resource>;
  /** The same, undefined when there is none: where that costs less than an error. */
  find?(pointer: Pointer): Promise<Resource | undefined>;
  /** In the order of the bytes of their ids. Errors: `bad-request` for a bad query. */
  list(kind: Kind, query?: Query): Promise<readonly Resource[]>;
  /** Stores it as version 1 of a new life and returns it as stored. Errors: `bad-request` when it has another owner, `already-exists`. */
  create(resource: Resource, options?: OwnerOptions): Promise<Resource>;
  /** Exchanges it for one made from its present version. Errors: `not-found`, `owner-conflict`, `version-conflict`, `phase-conflict`. */
  update(resource: Resource, options?: UpdateOptions): Promise<Resource>;
  /** Errors: `not-found`, `owner-conflict`, `pending-finalizers`. */
  destroy(pointer: Pointer, options?: OwnerOptions): Promise<void>;
  /** Begins with what is there: `created`, or `destroyed` without a resource. Errors, thrown at once or by the watch: `bad-request`, `unsupported`, `invalid-bookmark`. */
  watch(pointer: Pointer, options?: WatchOptions): Watch;
  /** Begins with nothing unless that is asked for. With a query, what comes to match is told as created, what ceases to as destroyed. Errors as above. */
  watchKind(kind: Kind, options?: WatchKindOptions): Watch;
  /** The same, as many at a time as there are. */
  watchKindAggregated(kind: Kind, options?: WatchKindOptions): Watch<readonly StateEvent[]>;
  /** Does it in one step where the backend can; see `State`. */
  teardown?(pointer: Pointer, options?: OwnerOptions): Promise<boolean>;
  /** Does it in one step where the backend can; see `State`. */
  teardownAndDestroy?(pointer: Pointer, options?: OwnerOptions & { readonly signal?: AbortSignal }): Promise<void>;
  /** Ends all watches. Nothing can be done with it any more. Idempotent. */
  close(): Promise<void>;
}
