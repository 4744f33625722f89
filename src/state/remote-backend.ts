/** A state that is somewhere else, as a backend. */
import type { Backend, OwnerOptions, UpdateOptions, WatchKindOptions, WatchOptions } from './backend.ts';
import type { Bookmark, StateEvent, Watch } from './event.ts';
import type { Query } from './query.ts';
import { freeze, type Kind, type Metadata, type Phase, type Pointer, type Resource } from './resource.ts';
import { isStateErrorCode, StateError } from './state-error.ts';

/** A resource as whatever is between gives and takes it. */
export interface RemoteResource {
  readonly metadata: Metadata;
  readonly spec: unknown;
}

/** An event likewise; a bookmark is any text. */
export type RemoteEvent =
  | { readonly type: 'created'; readonly resource: RemoteResource; readonly bookmark?: string }
  | {
      readonly type: 'updated';
      readonly resource: RemoteResource;
      readonly old: RemoteResource;
      readonly bookmark?: string;
    }
  | { readonly type: 'destroyed'; readonly id: string; readonly resource?: RemoteResource; readonly bookmark?: string }
  | { readonly type: 'bootstrapped'; readonly bookmark: string }
  | { readonly type: 'noop'; readonly bookmark: string };

export interface RemoteQuery {
  readonly labels?: RemoteTerm[][] | undefined;
  readonly idMatch?: string | undefined;
}

interface RemoteTerm {
  key: string;
  operation: 'exists' | 'equal' | 'in' | 'lt' | 'lte' | 'lt-numeric' | 'lte-numeric';
  values?: string[];
  invert?: boolean;
}

export interface RemoteWatchOptions extends RemoteQuery {
  readonly bootstrap?: boolean | undefined;
  readonly bootstrapBookmark?: boolean | undefined;
  readonly tail?: number | undefined;
  readonly from?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Events of a watch. Both reject with what ended it. */
export interface RemoteWatch {
  next(): Promise<IteratorResult<RemoteEvent, undefined>>;
  /** As many as there are, at least one; undefined at the end. */
  nextBatch(): Promise<readonly RemoteEvent[] | undefined>;
  close(): void;
}

/** What carries it out: the `resources` of a client of an agent do. Errors are known by a `code` of the state's. */
export interface RemoteState {
  get(pointer: Pointer): Promise<RemoteResource>;
  list(kind: Kind, query: RemoteQuery): Promise<readonly RemoteResource[]>;
  create(resource: WritableResource, options: { readonly owner?: string | undefined }): Promise<RemoteResource>;
  update(
    resource: WritableResource,
    options: { readonly owner?: string | undefined; readonly expectedPhase?: Phase | 'any' | undefined },
  ): Promise<RemoteResource>;
  destroy(pointer: Pointer, options: { readonly owner?: string | undefined }): Promise<void>;
  teardown(pointer: Pointer, options: { readonly owner?: string | undefined }): Promise<boolean>;
  /** Sees whatever is asked for after it. */
  watch(target: Kind & { readonly id?: string | undefined }, options: RemoteWatchOptions): RemoteWatch;
}

interface WritableResource {
  metadata: Omit<Metadata, 'labels' | 'annotations' | 'finalizers'> & {
    labels: Record<string, string>;
    annotations: Record<string, string>;
    finalizers: string[];
  };
  spec?: unknown;
}

/** Closing it ends its watches and nothing else: what carries it out is its maker's. */
export class RemoteBackend implements Backend {
  readonly #remote: RemoteState;
  readonly #open = new Set<RemoteWatch>();
  #isClosed = false;

  constructor(remote: RemoteState) {
    this.#remote = remote;
  }

  async get(pointer: Pointer): Promise<Resource> {
    return await this.#ask(pointer, async () => freeze(await this.#remote.get(pointer)));
  }

  async list(kind: Kind, query: Query = {}): Promise<readonly Resource[]> {
    return await this.#ask(kind, async () => freeze(await this.#remote.list(kind, queryOf(query))));
  }

  async create(resource: Resource, options: OwnerOptions = {}): Promise<Resource> {
    const { owner } = options;
    return await this.#ask(resource.metadata, async () =>
      freeze(await this.#remote.create(writable(resource), { owner })),
    );
  }

  async update(resource: Resource, options: UpdateOptions = {}): Promise<Resource> {
    const { owner, expectedPhase } = options;
    return await this.#ask(resource.metadata, async () =>
      freeze(await this.#remote.update(writable(resource), { owner, expectedPhase })),
    );
  }

  async destroy(pointer: Pointer, { owner }: OwnerOptions = {}): Promise<void> {
    await this.#ask(pointer, () => this.#remote.destroy(pointer, { owner }));
  }

  async teardown(pointer: Pointer, { owner }: OwnerOptions = {}): Promise<boolean> {
    return await this.#ask(pointer, () => this.#remote.teardown(pointer, { owner }));
  }

  watch(pointer: Pointer, options: WatchOptions = {}): Watch {
    const { namespace, type, id } = pointer;
    return this.#watch({ namespace, type, id }, startOf(options), async (watch) => {
      const next = await watch.next();
      return next.done === true ? undefined : eventOf(next.value, pointer);
    });
  }

  watchKind({ namespace, type }: Kind, options: WatchKindOptions = {}): Watch {
    const kind = { namespace, type };
    return this.#watch(kind, kindStartOf(options), async (watch) => {
      const next = await watch.next();
      return next.done === true ? undefined : eventOf(next.value, kind);
    });
  }

  watchKindAggregated({ namespace, type }: Kind, options: WatchKindOptions = {}): Watch<readonly StateEvent[]> {
    const kind = { namespace, type };
    return this.#watch(kind, kindStartOf(options), async (watch) => {
      const batch = await watch.nextBatch();
      return batch?.map((event) => eventOf(event, kind));
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const watch of this.#open) watch.close();
    this.#open.clear();
  }

  async #ask<Answer>(subject: Kind & { readonly id?: string }, work: () => Promise<Answer>): Promise<Answer> {
    this.#mustBeOpen();
    try {
      return await work();
    } catch (error) {
      throw failureOf(error, subject);
    }
  }

  #watch<Item>(
    target: Kind & { readonly id?: string },
    options: RemoteWatchOptions,
    read: (watch: RemoteWatch) => Promise<Item | undefined>,
  ): Watch<Item> {
    this.#mustBeOpen();
    const remote = this.#remote.watch(target, options);
    this.#open.add(remote);
    const close = (): void => {
      this.#open.delete(remote);
      remote.close();
    };
    const watch: Watch<Item> = {
      next: async () => {
        try {
          const value = await read(remote);
          return value === undefined ? { done: true, value } : { done: false, value };
        } catch (error) {
          throw failureOf(error, target);
        }
      },
      return: () => {
        close();
        return Promise.resolve({ done: true, value: undefined });
      },
      close,
      [Symbol.asyncIterator]: () => watch,
      [Symbol.dispose]: close,
    };
    return watch;
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw new StateError('closed', 'Cannot use the state: it is closed');
  }
}

/** An error of the other side as one of ours; one that only the way there knows means that it can't be reached. */
function failureOf(error: unknown, subject: Kind & { readonly id?: string | undefined }): StateError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const known = typeof code === 'string' && isStateErrorCode(code) ? code : CODES.get(code);
  return new StateError(known ?? 'unavailable', message, subject, { cause: error });
}

/** Codes of those between that mean one of ours. */
const CODES: ReadonlyMap<unknown, 'bad-request' | 'denied'> = new Map([
  ['bad-arguments', 'bad-request'],
  ['bad-command', 'bad-request'],
  ['forbidden', 'denied'],
  ['unauthorized', 'denied'],
]);

function startOf({ tail, from, signal }: WatchOptions): RemoteWatchOptions {
  return { tail, signal, ...(from === undefined ? {} : { from: textOf(from) }) };
}

function kindStartOf({ bootstrap, bootstrapBookmark, labels, id, ...options }: WatchKindOptions): RemoteWatchOptions {
  return { ...startOf(options), ...queryOf({ labels, id }), bootstrap, bootstrapBookmark };
}

function queryOf({ labels, id }: Query): RemoteQuery {
  const terms = labels?.map((query) => query.map(({ values = [], ...term }) => ({ ...term, values: [...values] })));
  return {
    ...(terms === undefined ? {} : { labels: terms }),
    ...(id === undefined || id === '' ? {} : { idMatch: id }),
  };
}

function writable({ metadata, spec }: Resource): WritableResource {
  const { labels, annotations, finalizers } = metadata;
  return {
    metadata: { ...metadata, labels: { ...labels }, annotations: { ...annotations }, finalizers: [...finalizers] },
    spec,
  };
}

function eventOf(event: RemoteEvent, { namespace, type }: Kind): StateEvent {
  const place = event.bookmark === undefined ? {} : { bookmark: bytesOf(event.bookmark) };
  switch (event.type) {
    case 'created':
      return { type: 'created', resource: freeze(event.resource), ...place };
    case 'updated':
      return { type: 'updated', resource: freeze(event.resource), old: freeze(event.old), ...place };
    case 'destroyed': {
      const pointer = { namespace, type, id: event.id };
      return event.resource === undefined
        ? { type: 'destroyed', pointer, ...place }
        : { type: 'destroyed', pointer, resource: freeze(event.resource), ...place };
    }
    case 'bootstrapped':
    case 'noop':
      return { type: event.type, kind: { namespace, type }, bookmark: bytesOf(event.bookmark) };
  }
}

function textOf(bookmark: Bookmark): string {
  return Buffer.from(bookmark).toString('base64url');
}

function bytesOf(bookmark: string): Bookmark {
  return Buffer.from(bookmark, 'base64url');
}
