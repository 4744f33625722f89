/** A state that is elsewhere, behind the service `cosi.resource.State`. */
import { type Clock, systemClock } from '../base/clock.ts';
import type { Backend, OwnerOptions, UpdateOptions, WatchKindOptions, WatchOptions } from '../state/backend.ts';
import type { StateEvent, Watch } from '../state/event.ts';
import type { Query } from '../state/query.ts';
import type { Kind, Pointer, Resource } from '../state/resource.ts';
import { type ErrorSubject, isStateError } from '../state/state-error.ts';
import { State } from '../state/state.ts';
import { collectList } from './collect-list.ts';
import { type About, CosiConnection, type CosiClientOptions } from './cosi-connection.ts';
import { METHODS, readReadyAnswer, readResourceAnswer } from './methods.ts';
import { RemoteWatch } from './remote-watch.ts';
import { keepsSpec } from './spec-message.ts';
import type { Asked } from './status.ts';
import { takeMany, takeOne } from './take-events.ts';
import type { WatchRequest } from './watch-request.ts';

export interface CosiBackendOptions extends CosiClientOptions {
  /** Default: the machine's own. */
  readonly clock?: Clock;
  /** From 0 to 1, for delays. @default Math.random */
  readonly random?: () => number;
}

/** With it servers tell of everything they have to tell. */
const API_VERSION = 1;

/**
 * A {@link Backend} over gRPC. Errors of the server are the StateErrors they were there; `unavailable` says that it could
 * not be reached. A call made after a watch waits until the server has registered that watch, so what it does is seen there.
 */
export class CosiBackend implements Backend {
  readonly #connection: CosiConnection;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #open = new Set<{ close(): void }>();
  readonly #registering = new Set<Promise<void>>();
  /** Servers that don't know the call are not asked again. */
  #canTearDown = true;
  #canTearDownAndDestroy = true;

  private constructor(connection: CosiConnection, clock: Clock, random: () => number) {
    this.#connection = connection;
    this.#clock = clock;
    this.#random = random;
  }

  /** Connects when it is first used. Errors: AgentError `bad-arguments` for an address or files that can't be used. */
  static async open({
    clock = systemClock,
    random = Math.random,
    ...options
  }: CosiBackendOptions): Promise<CosiBackend> {
    return new CosiBackend(await CosiConnection.open(options), clock, random);
  }

  async get({ namespace, type, id }: Pointer): Promise<Resource> {
    const pointer = { namespace, type, id };
    await this.#registered();
    return readResourceAnswer(await this.#connection.call(METHODS.get, pointer, about('read', pointer)));
  }

  async list({ namespace, type }: Kind, query: Query = {}): Promise<readonly Resource[]> {
    const kind = { namespace, type };
    await this.#registered();
    return await collectList(this.#connection, { ...kind, query }, about('read', kind));
  }

  async create(resource: Resource, { owner = '' }: OwnerOptions = {}): Promise<Resource> {
    await this.#registered();
    const asking = about('create', resource.metadata);
    const answer = await this.#connection.call(METHODS.create, { resource, owner }, asking);
    return keepsSpec(resource, readResourceAnswer(answer));
  }

  async update(
    resource: Resource,
    { owner = '', expectedPhase: expected = 'running' }: UpdateOptions = {},
  ): Promise<Resource> {
    await this.#registered();
    const expectedPhase = expected === 'any' ? undefined : expected;
    const asking = about('update', resource.metadata);
    const answer = await this.#connection.call(METHODS.update, { resource, owner, expectedPhase }, asking);
    return keepsSpec(resource, readResourceAnswer(answer));
  }

  async destroy({ namespace, type, id }: Pointer, { owner = '' }: OwnerOptions = {}): Promise<void> {
    const pointer = { namespace, type, id };
    await this.#registered();
    await this.#connection.call(METHODS.destroy, { ...pointer, owner }, about('destroy', pointer));
  }

  async teardown({ namespace, type, id }: Pointer, { owner = '' }: OwnerOptions = {}): Promise<boolean> {
    const pointer = { namespace, type, id };
    if (this.#canTearDown) {
      await this.#registered();
      try {
        const asking = about('destroy', pointer);
        return readReadyAnswer(await this.#connection.call(METHODS.teardown, { ...pointer, owner }, asking));
      } catch (error) {
        if (!isStateError(error, 'unsupported')) throw error;
        this.#canTearDown = false;
      }
    }
    return await new State(plainly(this)).teardown(pointer, { owner });
  }

  async teardownAndDestroy(
    { namespace, type, id }: Pointer,
    { owner = '', signal }: OwnerOptions & { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const pointer = { namespace, type, id };
    if (this.#canTearDownAndDestroy) {
      await this.#registered();
      const request = { ...pointer, owner };
      try {
        const options = { signal, isPatient: true };
        await this.#connection.call(METHODS.teardownAndDestroy, request, about('destroy', pointer), options);
        return;
      } catch (error) {
        if (!isStateError(error, 'unsupported')) throw error;
        this.#canTearDownAndDestroy = false;
      }
    }
    await new State(plainly(this)).teardownAndDestroy(pointer, { owner, signal });
  }

  watch({ namespace, type, id }: Pointer, { tail, from, signal }: WatchOptions = {}): Watch {
    const request = { namespace, type, id, options: { tail, from }, aggregated: false, apiVersion: API_VERSION };
    return this.#watch(request, takeOne, signal);
  }

  watchKind({ namespace, type }: Kind, { signal, ...options }: WatchKindOptions = {}): Watch {
    const request = { namespace, type, options, aggregated: false, apiVersion: API_VERSION };
    return this.#watch(request, takeOne, signal);
  }

  watchKindAggregated(
    { namespace, type }: Kind,
    { signal, ...options }: WatchKindOptions = {},
  ): Watch<readonly StateEvent[]> {
    const request = { namespace, type, options, aggregated: true, apiVersion: API_VERSION };
    return this.#watch(request, takeMany, signal);
  }

  async close(): Promise<void> {
    for (const watch of this.#open) watch.close();
    this.#connection.close();
  }

  #watch<Item>(
    request: WatchRequest,
    take: (waiting: readonly StateEvent[], from: number) => { readonly item: Item; readonly taken: number },
    signal: AbortSignal | undefined,
  ): Watch<Item> {
    const { namespace, type, id } = request;
    const watch: RemoteWatch<Item> = new RemoteWatch<Item>({
      connection: this.#connection,
      request,
      about: about('watch', { namespace, type, id }),
      take,
      signal,
      clock: this.#clock,
      random: this.#random,
      onClose: () => this.#open.delete(watch),
    });
    watch.begin();
    if (!watch.isOpen) return watch;
    this.#open.add(watch);
    const registered = watch.registered.then(() => {
      this.#registering.delete(registered);
    });
    this.#registering.add(registered);
    return watch;
  }

  /** Resolves when all watches that were made before are registered. */
  async #registered(): Promise<void> {
    if (this.#registering.size > 0) await Promise.all(this.#registering);
  }
}

function about(asked: Asked, { namespace, type, id }: ErrorSubject): About {
  return { asked, subject: { namespace, type, id } };
}

/** The same backend, as one that can't tear down by itself. */
function plainly(backend: CosiBackend): Backend {
  return {
    get: (pointer) => backend.get(pointer),
    list: (kind, query) => backend.list(kind, query),
    create: (resource, options) => backend.create(resource, options),
    update: (resource, options) => backend.update(resource, options),
    destroy: (pointer, options) => backend.destroy(pointer, options),
    watch: (pointer, options) => backend.watch(pointer, options),
    watchKind: (kind, options) => backend.watchKind(kind, options),
    watchKindAggregated: (kind, options) => backend.watchKindAggregated(kind, options),
    close: () => backend.close(),
  };
}
