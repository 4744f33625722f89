/** Where the runtime hears of changes. */
import type { Logger } from '../../telemetry/logger.ts';
import { nextTurn } from '../../base/next-turn.ts';
import type { EventLog, Happening } from '../event-log.ts';
import type { StateEvent, Watch } from '../event.ts';
import { type Kind, kindKey, type Resource } from '../resource.ts';
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
  /** All there is of a kind, at the beginning, and again after something was missed. */
  onContents(kind: Kind, resources: readonly Resource[]): void;
}

/** Tells the changes of the kinds that are asked for. */
export interface Feed {
  /** From now on changes of a kind are told, and its contents once. Idempotent. */
  follow(kind: Kind): void;
  close(): void;
}

/** Hears the one log that all backends of this process share: changes of all kinds have one order. */
export class LogFeed implements Feed {
  readonly #state: State;
  readonly #listener: FeedListener;
  readonly #followed = new Set<string>();
  readonly #logger: Logger;
  readonly #listening: Disposable;

  constructor(log: EventLog, state: State, listener: FeedListener, logger: Logger) {
    this.#state = state;
    this.#listener = listener;
    this.#logger = logger;
    this.#listening = log.listenToAll((happening) => {
      this.#hear(happening);
    });
  }

  follow(kind: Kind): void {
    const key = kindKey(kind);
    if (this.#followed.has(key)) return;
    this.#followed.add(key);
    void this.#tellContents({ namespace: kind.namespace, type: kind.type });
  }

  close(): void {
    this.#listening[Symbol.dispose]();
  }

  /** A backend of this process answers with what was there when it was asked, so nothing comes between. */
  async #tellContents(kind: Kind): Promise<void> {
    try {
      this.#listener.onContents(kind, await this.#state.list(kind));
    } catch (error) {
      this.#logger.error({ ...kind, error: errorMessage(error) }, 'The contents of a kind could not be read');
    }
  }

  #hear({ type, resource }: Happening): void {
    if (!this.#followed.has(kindKey(resource.metadata))) return;
    this.#listener.onChange({ resource, isGone: type === 'destroyed' });
  }
}

/** Watches each kind by itself: for a state that is elsewhere. A watch that ends is begun anew; what was missed is found by its contents. */
export class WatchFeed implements Feed {
  readonly #state: State;
  readonly #listener: FeedListener;
  readonly #logger: Logger;
  readonly #watches = new Map<string, Watch<readonly StateEvent[]> | undefined>();
  readonly #pause: (attempt: number) => Promise<void>;
  #isClosed = false;

  /** `pause`: before a watch that ended is begun anew for the nth time in a row. */
  constructor(state: State, listener: FeedListener, logger: Logger, pause: (attempt: number) => Promise<void>) {
    this.#state = state;
    this.#listener = listener;
    this.#logger = logger;
    this.#pause = pause;
  }

  follow(kind: Kind): void {
    const key = kindKey(kind);
    if (this.#watches.has(key)) return;
    this.#watches.set(key, undefined);
    void this.#followForEver({ namespace: kind.namespace, type: kind.type });
  }

  close(): void {
    this.#isClosed = true;
    for (const watch of this.#watches.values()) watch?.close();
  }

  async #followForEver(kind: Kind): Promise<void> {
    let failures = 0;
    while (!this.#isClosed) {
      try {
        await this.#followOnce(kind, () => {
          failures = 0;
        });
      } catch (error) {
        this.#logger.warn({ ...kind, error: errorMessage(error) }, 'A watch ended and is begun anew');
      }
      if (this.#hasEnded()) return;
      await this.#pause(failures);
      failures += 1;
    }
  }

  #hasEnded(): boolean {
    return this.#isClosed;
  }

  async #followOnce(kind: Kind, onBegun: () => void): Promise<void> {
    using watch = this.#state.watchKindAggregated(kind, { bootstrap: true });
    this.#watches.set(kindKey(kind), watch);
    const contents: Resource[] = [];
    let isComplete = false;
    for await (const batch of watch) {
      for (const event of batch) {
        if (event.type === 'bootstrapped') {
          onBegun();
          isComplete = true;
          this.#listener.onContents(kind, contents.splice(0));
        } else if (!('resource' in event)) {
          continue;
        } else if (isComplete) {
          this.#listener.onChange({ resource: event.resource, isGone: event.type === 'destroyed' });
        } else {
          contents.push(event.resource);
        }
      }
      await nextTurn();
    }
  }
}
