import { keptUuid } from '../base/uuid.ts';
import { errorMessage } from '../protocol/agent-error.ts';
import type { OwnerOptions, UpdateOptions } from './backend.ts';
import { EventLog, type Transition } from './event-log.ts';
import { LoggedBackend, type LoggedBackendOptions, owned } from './logged-backend.ts';
import type { Loaded, Persistence, StoredChange } from './persistence.ts';
import { type Kind, type Pointer, pointerKey, pointerOf, type Resource } from './resource.ts';
import { StateError } from './state-error.ts';
import { jsonForm, type StoredForm, type Wrapping } from './stored-form.ts';
import { whenCreated, whenDestroyed, whenUpdated } from './transitions.ts';

export interface PersistentBackendOptions extends LoggedBackendOptions {
  readonly persistence: Persistence;
  /** What bytes go through on their way out, in this order; back in the opposite one. @default none */
  readonly wrappings?: readonly Wrapping[];
  /** Changes of each kind that are kept for those who begin in the past. @default 1_000 */
  readonly history?: number;
  /** Whether a namespace is kept here: others may share the log. @default all are */
  readonly keeps?: (namespace: string) => boolean;
}

/** Positions of one life of the process; so many lives there can be. */
const POSITIONS_PER_LIFE = 2 ** 32;

interface Write {
  readonly change: StoredChange;
  readonly transition: Transition;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Keeps resources in memory and on disk: reads are answered from memory, a write is told and seen when it is safe on
 * disk. Bookmarks are good in later lives of the process too, as far as changes are kept.
 */
export class PersistentBackend extends LoggedBackend {
  readonly #persistence: Persistence;
  readonly #form: StoredForm;
  /** The last write of each resource that is under way. */
  readonly #busy = new Map<string, Promise<unknown>>();
  #waiting: Write[] = [];
  #isWriting = false;

  private constructor(
    options: PersistentBackendOptions,
    form: StoredForm,
    loaded: Loaded,
    resources: readonly Resource[],
  ) {
    const { persistence, history, keeps = () => true } = options;
    const position = loaded.generation * POSITIONS_PER_LIFE + 1;
    const isWhole = ({ namespace }: Kind): boolean => keeps(namespace);
    const begin = { position, log: loaded.log, isWhole };
    super(new EventLog({ ...(history !== undefined && { history }), begin }), options);
    this.#persistence = persistence;
    this.#form = form;
    for (const resource of resources) this.stored.put(resource);
    for (const { kind, complete, changes } of loaded.past) {
      this.log.restore(
        kind,
        changes.map((change) => this.#happened(change)),
        complete,
      );
    }
  }

  /** Reads what is there. Errors: StateError `damaged` when something can't be read: nothing is passed over. */
  static async open(options: PersistentBackendOptions): Promise<PersistentBackend> {
    const form = wrapped(options.wrappings ?? []);
    const resources: Resource[] = [];
    try {
      const loaded = await options.persistence.load(({ pointer, bytes }) => {
        resources.push(read(form, pointer, bytes));
      });
      return new PersistentBackend(options, form, loaded, resources);
    } catch (error) {
      await options.persistence.close();
      throw error;
    }
  }

  async create(resource: Resource, options: OwnerOptions = {}): Promise<Resource> {
    const given = owned(resource);
    return await this.#inTurn(given.metadata, async (stored) => {
      const created = whenCreated(stored, given, options, { now: this.clock.now(), uid: keptUuid() });
      await this.#write({ type: 'created', resource: created });
      return created;
    });
  }

  async update(resource: Resource, options: UpdateOptions = {}): Promise<Resource> {
    const given = owned(resource);
    return await this.#inTurn(given.metadata, async (old) => {
      const updated = whenUpdated(old, given, options, { now: this.clock.now() });
      await this.#write({ type: 'updated', resource: updated, old });
      return updated;
    });
  }

  async destroy(pointer: Pointer, options: OwnerOptions = {}): Promise<void> {
    await this.#inTurn(pointer, async (stored) => {
      await this.#write({ type: 'destroyed', resource: whenDestroyed(stored, pointer, options) });
    });
  }

  /** Writes that were asked for are carried out first. */
  protected override async finish(): Promise<void> {
    await Promise.allSettled(this.#busy.values());
    await this.#persistence.close();
  }

  /** One write of a resource after the other, each upon what the one before left. */
  async #inTurn<Answer>(
    { namespace, type, id }: Pointer,
    write: (stored: Resource | undefined) => Promise<Answer>,
  ): Promise<Answer> {
    this.mustBeOpen();
    const pointer = { namespace, type, id };
    const key = pointerKey(pointer);
    const before = this.#busy.get(key);
    const turn = (async () => {
      await before?.catch(() => undefined);
      return await write(this.stored.find(pointer));
    })();
    this.#busy.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#busy.get(key) === turn) this.#busy.delete(key);
    }
  }

  /** Resolves when it is safe and told. Whatever comes together is written together. */
  #write(transition: Transition): Promise<void> {
    const { type, resource, old } = transition;
    const change: StoredChange = {
      type,
      position: this.log.reserve(),
      pointer: pointerOf(resource),
      bytes: this.#form.encode(resource),
      ...(old && { old: this.#form.encode(old) }),
    };
    const done = Promise.withResolvers<void>();
    this.#waiting.push({ change, transition, done });
    if (!this.#isWriting) void this.#writeAll();
    return done.promise;
  }

  /** Never rejects. */
  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    // What is asked for in this turn goes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const writes = this.#waiting;
      this.#waiting = [];
      try {
        await this.#persistence.write(writes.map(({ change }) => change));
      } catch (error) {
        const refused = new StateError('unavailable', `Cannot write: ${errorMessage(error)}`, undefined, {
          cause: error,
        });
        for (const { done } of writes) done.reject(refused);
        continue;
      }
      for (const { change, transition, done } of writes) {
        if (transition.type === 'destroyed') this.stored.remove(change.pointer);
        else this.stored.put(transition.resource);
        this.log.append(change.pointer, transition, change.position);
        done.resolve();
      }
    }
    this.#isWriting = false;
  }

  #happened({ type, position, pointer, bytes, old }: StoredChange): Transition & { readonly position: number } {
    return {
      type,
      position,
      resource: read(this.#form, pointer, bytes),
      ...(old && { old: read(this.#form, pointer, old) }),
    };
  }
}

/** Errors: StateError `damaged`, also when something else stands there. */
function read(form: StoredForm, pointer: Pointer, bytes: Uint8Array): Resource {
  const resource = form.decode(bytes, pointer);
  const { namespace, type, id } = resource.metadata;
  if (namespace === pointer.namespace && type === pointer.type && id === pointer.id) return resource;
  throw new StateError('damaged', 'Cannot read a stored resource: another one stands in its place', pointer);
}

function wrapped(wrappings: readonly Wrapping[]): StoredForm {
  const backwards = wrappings.toReversed();
  return {
    encode: (resource) =>
      wrappings.reduce(
        (bytes, wrapping) => wrapping.wrap(bytes, pointerKey(resource.metadata)),
        jsonForm.encode(resource),
      ),
    decode: (bytes, pointer) =>
      jsonForm.decode(
        backwards.reduce((packed, wrapping) => wrapping.unwrap(packed, pointerKey(pointer)), bytes),
        pointer,
      ),
  };
}
