/** What built-ins may do with the agent's resources. The agent fulfils it. */
import type {
  GivenResource,
  LabelQueries,
  Resource,
  ResourceKind,
  ResourcePointer,
  ResourceType,
} from '../protocol/resource.ts';

export interface ResourceQuery {
  readonly labels?: LabelQueries | undefined;
  /** A regular expression (RE2) that is found somewhere in the id. */
  readonly idMatch?: string | undefined;
}

export interface ResourcePageQuery extends ResourceQuery {
  readonly limit: number;
  /** Begin behind this id. */
  readonly after?: string | undefined;
}

export interface ResourcePage {
  readonly resources: readonly Resource[];
  /** There are more: the next page begins behind this id. */
  readonly next?: string;
}

export interface ResourceWriter {
  /** Who writes. Default: nobody. */
  readonly owner?: string | undefined;
}

export interface ResourceUpdate extends ResourceWriter {
  /** What the stored one must be in. Default `running`. */
  readonly expectedPhase?: 'running' | 'tearing-down' | 'any' | undefined;
}

export interface ResourceWatchOptions extends ResourceQuery {
  readonly bootstrap?: boolean | undefined;
  readonly bootstrapBookmark?: boolean | undefined;
  readonly tail?: number | undefined;
  readonly from?: string | undefined;
}

/** Reads events in order, each as the JSON of a `ResourceEvent`. */
export interface ResourceReader {
  /** Where it began; see `from`. */
  readonly bookmark: string;
  /** About `maxBytes` of events, at least one; waits for one. Undefined when closed. Errors: `watch-overrun`. */
  next(maxBytes: number): Promise<readonly string[] | undefined>;
  /** Idempotent. */
  close(): void;
}

/** Errors of all are AgentErrors with the code of the state: `not-found`, `version-conflict` and the like. */
export interface ResourceAccess {
  types(): readonly ResourceType[];
  get(pointer: ResourcePointer): Promise<Resource>;
  /** By id. */
  list(kind: ResourceKind, query: ResourcePageQuery): Promise<ResourcePage>;
  create(resource: GivenResource, options: ResourceWriter): Promise<Resource>;
  /**
   * Exchanges it for one made from its present version. What is not given stays as it is. Without a version it changes
   * whatever is stored, and writes nothing when that would change nothing.
   */
  update(resource: GivenResource, options: ResourceUpdate): Promise<Resource>;
  destroy(pointer: ResourcePointer, options: ResourceWriter): Promise<void>;
  /** Says that it is to go. Resolves to whether it may be destroyed now. */
  teardown(pointer: ResourcePointer, options: ResourceWriter): Promise<boolean>;
  /** Of one resource with an id, else of its kind. Registered when this resolves, and in the order of calls. */
  watch(
    target: ResourceKind & { readonly id?: string | undefined },
    options: ResourceWatchOptions,
  ): Promise<ResourceReader>;
}
