import type {
  ResourceAccess,
  ResourcePage,
  ResourcePageQuery,
  ResourceReader,
  ResourceUpdate,
  ResourceWatchOptions,
  ResourceWriter,
} from '../../engine/resource-access.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import type {
  GivenResource,
  Resource as WireResource,
  ResourceKind,
  ResourcePointer,
  ResourceType,
} from '../../protocol/resource.ts';
import type { Draft } from '../../state/draft.ts';
import { compareBytes } from '../../state/label-query.ts';
import type { Query } from '../../state/query.ts';
import { newResource, type Pointer, pointerOf, type Resource } from '../../state/resource.ts';
import type { State } from '../../state/state.ts';
import { EventReader } from './event-reader.ts';
import { told } from './state-failure.ts';
import type { TypeTable } from './type-table.ts';
import { bookmarkText, readLabels, readSpec, toWire } from './wire-resource.ts';

/** About how much of a list one answer carries. */
const PAGE_BYTES = 1024 * 1024;
/** Every write is told to each watch of its kind. */
const MOST_WATCHES = 4096;

/** The agent's resources for its clients. */
export class ClientResources implements ResourceAccess {
  readonly #state: State;
  readonly #types: TypeTable;
  #watches = 0;

  /** `state`: as clients may see and change it. */
  constructor(state: State, types: TypeTable) {
    this.#state = state;
    this.#types = types;
  }

  types(): readonly ResourceType[] {
    return this.#types.list();
  }

  async get(pointer: ResourcePointer): Promise<WireResource> {
    return await told(async () => toWire(await this.#state.get(this.#pointerOf(pointer))));
  }

  async list(kind: ResourceKind, query: ResourcePageQuery): Promise<ResourcePage> {
    return await told(async () => {
      const all = await this.#state.list(this.#types.kindOf(kind), readQuery(query));
      return pageOf(all, query);
    });
  }

  async create(given: GivenResource, options: ResourceWriter): Promise<WireResource> {
    return await told(async () => toWire(await this.#state.create(this.#made(given, true), options)));
  }

  async update(given: GivenResource, { owner, expectedPhase }: ResourceUpdate): Promise<WireResource> {
    const { version } = given.metadata;
    return await told(async () => {
      const made = this.#made(given, given.spec !== undefined);
      const options = { owner, expectedPhase };
      const change = changeTo(made, given);
      const updated =
        version === undefined || version === null
          ? await this.#state.updateWithConflicts(pointerOf(made), change, options)
          : await this.#state.update(await this.#completed(made, given, version), options);
      return toWire(updated);
    });
  }

  async destroy(pointer: ResourcePointer, options: ResourceWriter): Promise<void> {
    await told(() => this.#state.destroy(this.#pointerOf(pointer), options));
  }

  async teardown(pointer: ResourcePointer, options: ResourceWriter): Promise<boolean> {
    return await told(() => this.#state.teardown(this.#pointerOf(pointer), options));
  }

  async watch(
    target: ResourceKind & { readonly id?: string | undefined },
    options: ResourceWatchOptions,
  ): Promise<ResourceReader> {
    const kind = this.#types.kindOf(target);
    const { id } = target;
    if (this.#watches >= MOST_WATCHES) {
      throw new AgentError('too-many', `Cannot watch "${kind.type}": ${MOST_WATCHES} watches are open`);
    }
    if (id !== undefined) checkOne(kind.type, options);
    return await told(async () => {
      const start = {
        tail: options.tail,
        ...(options.from === undefined ? {} : { from: Buffer.from(options.from, 'base64url') }),
      };
      // Made in the same turn: both begin at the same place.
      using marker = this.#state.watchKind(kind, { bootstrapBookmark: true });
      const mark = marker.next();
      const watch =
        id === undefined
          ? this.#state.watchKindAggregated(kind, {
              ...start,
              ...readQuery(options),
              bootstrap: options.bootstrap,
              bootstrapBookmark: options.bootstrapBookmark,
            })
          : this.#state.watch({ ...kind, id }, start);
      this.#watches += 1;
      const begun = await mark;
      const bookmark = begun.done === true ? undefined : begun.value.bookmark;
      return new EventReader(watch, bookmarkText(bookmark ?? new Uint8Array()), () => {
        this.#watches -= 1;
      });
    });
  }

  #pointerOf({ type, namespace, id }: ResourcePointer): Pointer {
    return { ...this.#types.kindOf({ type, namespace }), id };
  }

  /** Errors: AgentError and StateError `bad-request`. */
  #made(given: GivenResource, hasSpec: boolean): Resource {
    const { type, namespace, id, owner, phase, labels, annotations, finalizers } = given.metadata;
    const kind = this.#types.kindOf({ type, namespace: namespace ?? undefined });
    const made = newResource({
      ...kind,
      id,
      spec: readSpec(given),
      owner: owner ?? '',
      phase: phase ?? 'running',
      labels: labels ?? {},
      annotations: annotations ?? {},
      finalizers: finalizers ?? [],
    });
    const definition = hasSpec ? this.#types.find(kind.type) : undefined;
    return definition === undefined ? made : definition.read(made);
  }

  /** What is not given stays as it is stored. */
  async #completed(made: Resource, given: GivenResource, version: number): Promise<Resource> {
    const { phase, labels, annotations, finalizers, uid } = given.metadata;
    const parts = [phase, labels, annotations, finalizers];
    const isWhole = given.spec !== undefined && parts.every((part) => part !== undefined && part !== null);
    const { metadata } = made;
    const own = { version, uid: uid ?? '' };
    if (isWhole) return { metadata: { ...metadata, ...own }, spec: made.spec };
    const stored = await this.#state.get(pointerOf(made));
    return {
      metadata: {
        ...metadata,
        phase: phase ?? stored.metadata.phase,
        labels: labels ?? stored.metadata.labels,
        annotations: annotations ?? stored.metadata.annotations,
        finalizers: finalizers ?? stored.metadata.finalizers,
        ...own,
      },
      spec: given.spec === undefined ? stored.spec : made.spec,
    };
  }
}

/** A watch of one resource asks for nothing and has no contents. Errors: AgentError `bad-request`. */
function checkOne(type: string, { bootstrap, bootstrapBookmark, labels, idMatch }: ResourceWatchOptions): void {
  const isAsked = bootstrap === true || bootstrapBookmark === true || labels !== undefined || idMatch !== undefined;
  if (!isAsked) return;
  throw new AgentError(
    'bad-request',
    `Cannot watch one resource of "${type}" with "bootstrap", "bootstrap_bookmark", "labels" or "id_match": they are for all of a type`,
  );
}

function changeTo({ metadata, spec }: Resource, given: GivenResource): (draft: Draft) => void {
  const { phase, labels, annotations, finalizers } = given.metadata;
  return (draft) => {
    if (phase !== undefined && phase !== null) draft.phase = phase;
    if (labels !== undefined && labels !== null) draft.labels = { ...metadata.labels };
    if (annotations !== undefined && annotations !== null) draft.annotations = { ...metadata.annotations };
    if (finalizers !== undefined && finalizers !== null) draft.finalizers = [...metadata.finalizers];
    if (given.spec !== undefined) draft.spec = spec;
  };
}

function readQuery({ labels, idMatch }: Pick<ResourcePageQuery, 'labels' | 'idMatch'>): Query {
  return { ...(labels === undefined ? {} : { labels: readLabels(labels) }), id: idMatch };
}

/** Resources are by id. */
function pageOf(all: readonly Resource[], { limit, after }: ResourcePageQuery): ResourcePage {
  const begin = after === undefined ? 0 : firstBehind(all, after);
  const resources: WireResource[] = [];
  let bytes = 0;
  for (let at = begin; at < all.length; at += 1) {
    const resource = all[at];
    if (resource === undefined) break;
    const next = toWire(resource);
    bytes += JSON.stringify(next).length;
    if (resources.length >= limit || (resources.length > 0 && bytes > PAGE_BYTES)) {
      const last = resources.at(-1)?.metadata.id;
      return { resources, ...(last === undefined ? {} : { next: last }) };
    }
    resources.push(next);
  }
  return { resources };
}

function firstBehind(all: readonly Resource[], id: string): number {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const resource = all[middle];
    if (resource !== undefined && compareBytes(resource.metadata.id, id) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
