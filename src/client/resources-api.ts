import type {
  GivenResource,
  LabelQueries,
  Resource,
  ResourceKind,
  ResourcePointer,
  ResourceType,
} from '../protocol/resource.ts';
import { quiet } from './quiet.ts';
import { readResource, type ResourceValue, writeResource } from './resource-value.ts';
import { ResourceWatch, type ResourceWatchOptions } from './resource-watch.ts';
import type { Session } from './session.ts';

/** Which resources of a kind. */
export interface ListOptions {
  /** Those for which one of these queries holds, with all its terms. */
  readonly labels?: LabelQueries | undefined;
  /** Those in whose id this expression (RE2) is found. */
  readonly idMatch?: string | undefined;
}

export interface WriteOptions {
  /** The controller that writes. @default nobody */
  readonly owner?: string | undefined;
}

export interface UpdateOptions extends WriteOptions {
  /** What the stored one must be in. @default 'running' */
  readonly expectedPhase?: 'running' | 'tearing-down' | 'any' | undefined;
}

interface WirePage {
  readonly resources: readonly Resource[];
  readonly next?: string;
}

const AGAIN = { idempotent: true } as const;

/**
 * What a client may do with resources. Types may be called by any of their names. Errors are AgentErrors with the codes
 * of the state: `not-found`, `already-exists`, `version-conflict`, `denied` and the like.
 */
export class ResourcesApi {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** The types that are defined. */
  types(): Promise<ResourceType[]> {
    return this.#session.call('state.types', undefined, AGAIN) as Promise<ResourceType[]>;
  }

  /** Errors: `not-found`. */
  get({ type, namespace, id }: ResourcePointer): Promise<ResourceValue> {
    return this.#resource('state.get', { type, namespace, id }, AGAIN);
  }

  /** All that match, by id. Of more than a page, each page is of its moment. */
  list(kind: ResourceKind, options: ListOptions = {}): Promise<ResourceValue[]> {
    return quiet(this.#list(kind, options));
  }

  /** Stores it as version 1 of a new life. Errors: `already-exists`, `denied`, `bad-request`. */
  create(resource: GivenResource, { owner }: WriteOptions = {}): Promise<ResourceValue> {
    return this.#resource('state.create', { resource: writeResource(resource), owner });
  }

  /**
   * Exchanges it for one made from its present version; what is not given stays. Without a version it changes whatever
   * is stored, and writes nothing when that changes nothing. Errors: `not-found`, `version-conflict`, `owner-conflict`,
   * `phase-conflict`, `denied`, `bad-request`.
   */
  update(resource: GivenResource, { owner, expectedPhase }: UpdateOptions = {}): Promise<ResourceValue> {
    const args = { resource: writeResource(resource), owner, expected_phase: expectedPhase };
    return this.#resource('state.update', args);
  }

  /** Errors: `not-found`, `owner-conflict`, `pending-finalizers`, `denied`. */
  destroy({ type, namespace, id }: ResourcePointer, { owner }: WriteOptions = {}): Promise<void> {
    return this.#session.tell('state.destroy', { type, namespace, id, owner });
  }

  /** Says that it is to go. Resolves to whether it may be destroyed now. Errors: `not-found`, `owner-conflict`, `denied`. */
  teardown({ type, namespace, id }: ResourcePointer, { owner }: WriteOptions = {}): Promise<boolean> {
    const answer = this.#session.call('state.teardown', { type, namespace, id, owner }, AGAIN);
    return quiet(answer.then((told) => (told as { readonly ready: boolean }).ready));
  }

  /**
   * Tells what happens to one resource, or without an id to all of a kind. What was asked of this client later is seen
   * by it. Errors, when it is read: AgentError of the refusal, `invalid-bookmark`, `watch-overrun`; `disconnected` once the
   * client is closed.
   */
  watch(
    { type, namespace, id }: ResourceKind & { readonly id?: string | undefined },
    options: ResourceWatchOptions = {},
  ): ResourceWatch {
    const { watches } = this.#session;
    const watch = new ResourceWatch(watches, { type, namespace, id }, options);
    if (options.signal?.aborted === true) watch.close();
    else watches.start(watch);
    return watch;
  }

  #resource(name: string, args: object, options = {}): Promise<ResourceValue> {
    return quiet(this.#session.call(name, args, options).then((answer) => readResource(answer as Resource)));
  }

  async #list({ type, namespace }: ResourceKind, { labels, idMatch }: ListOptions): Promise<ResourceValue[]> {
    const all: ResourceValue[] = [];
    let after: string | undefined;
    do {
      const args = { type, namespace, labels, id_match: idMatch, after };
      const page = (await this.#session.call('state.list', args, AGAIN)) as WirePage;
      all.push(...page.resources.map(readResource));
      after = page.next;
    } while (after !== undefined);
    return all;
  }
}
