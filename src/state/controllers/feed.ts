/** Where the runtime hears of changes. */
import type { Logger } from '../../telemetry/logger.ts';
import { nextTurn } from '../../base/next-turn.ts';
import type { EventLog, Happening } from '../event-log.ts';
import type { StateEvent, Watch } from '../event.ts';
import { KindMap } from '../kind-map.ts';
import type { Kind, Metadata, Resource } from '../resource.ts';
import type { State } from '../state.ts';
import { errorMessage } from '../../protocol/agent-error.ts';

/** One change: `isGone` with the last one that was stored. */
export interface Change {
  readonly resource: Resource;
  readonly isGone: boolean;
}

export interface FeedListener {
  /** At once, in order, before anybody is woken. */
  onChange(change: Change): void;
  /** All there is of a kind, at the beginning, and again after something may have been missed. */
  onContents(kind: Kind, resources: readonly Resource[]): void;
}

/** Tells the changes of the kinds that are asked for. */
export interface Feed {
  /**
   * From now on changes of a kind are told, and its contents once. Idempotent. Answers whether what is there now will be
   * told as changes too.
   */
  follow(kind: Kind): boolean;
  close(): void;
}

/** Hears the one log that all backends of this process share: changes of all kinds have one order. */
export class LogFeed implements Feed {
  readonly #state: State;
  readonly #listener: FeedListener;
  readonly #followed = new KindMap<true>();
  readonly #logger: Logger;
  readonly #listening: Disposable;
  readonly #pause: (attempt: number) => Promise<void>;
  #isClosed = false;

  /** `pause`: before contents that could not be read are asked for again for the nth time in a row. */
  constructor(
    log: EventLog,
    state: State,
    listener: FeedListener,
    logger: Logger,
    pause: (attempt: number) => Promise<void>,
  ) {
    this.#state = state;
    this.#listener = listener;
    this.#logger = logger;
    this.#pause = pause;
    this.#listening = log.listenToAll((happening) => {
      this.#hear(happening);
    });
  }

  /** Never as changes: who begins now reads what is there. */
  follow(kind: Kind): boolean {
    if (this.#followed.has(kind)) return false;
    this.#followed.set(kind, true);
    void this.#tellContents({ namespace: kind.namespace, type: kind.type });
    return false;
  }

  close(): void {
    this.#isClosed = true;
    this.#listening[Symbol.dispose]();
  }

  /** A backend of this process answers with what was there when it was asked, so nothing comes between. */
  async #tellContents(kind: Kind): Promise<void> {
    for (let failures = 0; !this.#isClosed; failures += 1) {
      try {
        this.#listener.onContents(kind, await this.#state.list(kind));
        return;
      } catch (error) {
        this.#logger.error({ ...kind, error: errorMessage(error) }, 'The contents of a kind could not be read');
        await this.#pause(failures);
      }
    }
  }

  #hear({ type, resource }: Happening): void {
    if (!this.#followed.has(resource.metadata)) return;
    this.#listener.onChange({ resource, isGone: type === 'destroyed' });
  }
}

/** A watch of one kind, and what it told so far: what changed while there was none is found by that. */
interface Followed {
  readonly kind: Kind;
  readonly known: Map<string, Metadata>;
  watch: Watch<readonly StateEvent[]> | undefined;
}

/** Watches each kind by itself: for a state that is elsewhere. A watch that ends is begun anew; what was missed is found by its contents. */
export class WatchFeed implements Feed {
  readonly #state: State;
  readonly #listener: FeedListener;
  readonly #logger: Logger;
  readonly #followed = new KindMap<Followed>();
  readonly #pause: (attempt: number) => Promise<void>;
  #isClosed = false;

  /** `pause`: before a watch that ended is begun anew for the nth time in a row. */
  constructor(state: State, listener: FeedListener, logger: Logger, pause: (attempt: number) => Promise<void>) {
    this.#state = state;
    this.#listener = listener;
    this.#logger = logger;
    this.#pause = pause;
  }

  /** As changes when it is new: the watch may begin long after this returned. */
  follow({ namespace, type }: Kind): boolean {
    const kind = { namespace, type };
    if (this.#followed.has(kind)) return false;
    const followed: Followed = { kind, known: new Map(), watch: undefined };
    this.#followed.set(kind, followed);
    void this.#followForEver(followed);
    return true;
  }

  close(): void {
    this.#isClosed = true;
    for (const { watch } of this.#followed.values()) watch?.close();
  }

  async #followForEver(followed: Followed): Promise<void> {
    let failures = 0;
    while (!this.#isClosed) {
      try {
        await this.#followOnce(followed, () => {
          failures = 0;
        });
      } catch (error) {
        this.#logger.warn({ ...followed.kind, error: errorMessage(error) }, 'A watch ended and is begun anew');
      }
      if (this.#hasEnded()) return;
      await this.#pause(failures);
      failures += 1;
    }
  }

  #hasEnded(): boolean {
    return this.#isClosed;
  }

  async #followOnce(followed: Followed, onBegun: () => void): Promise<void> {
    using watch = this.#state.watchKindAggregated(followed.kind, { bootstrap: true });
    followed.watch = watch;
    const contents: Resource[] = [];
    let isComplete = false;
    for await (const batch of watch) {
      for (const event of batch) {
        if (event.type === 'bootstrapped') {
          onBegun();
          isComplete = true;
          this.#tellContents(followed, contents.splice(0));
        } else if (!('resource' in event)) {
          continue;
        } else if (isComplete) {
          this.#tell(followed, { resource: event.resource, isGone: event.type === 'destroyed' });
        } else {
          contents.push(event.resource);
        }
      }
      await nextTurn();
    }
  }

  #tell({ known }: Followed, change: Change): void {
    const { metadata } = change.resource;
    if (change.isGone) known.delete(metadata.id);
    else known.set(metadata.id, metadata);
    this.#listener.onChange(change);
  }

  /** All that is there, and as changes what was not known to be, and what was known and is gone. */
  #tellContents(followed: Followed, contents: readonly Resource[]): void {
    const { kind, known } = followed;
    this.#listener.onContents(kind, contents);
    const gone = new Map(known);
    for (const resource of contents) {
      const { id, uid, version } = resource.metadata;
      const before = known.get(id);
      gone.delete(id);
      if (before?.uid === uid && before.version === version) continue;
      this.#tell(followed, { resource, isGone: false });
    }
    // Of what it was last, only this is known.
    for (const metadata of gone.values()) this.#tell(followed, { resource: { metadata, spec: {} }, isGone: true });
  }
}
