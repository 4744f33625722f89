/** The one order in which everything happened. */
import { randomBytes } from 'node:crypto';

import type { Bookmark } from './event.ts';
import { type Kind, kindKey, type Resource } from './resource.ts';
import { named, StateError } from './state-error.ts';

/** One thing that happened to a resource. `resource` is the last one that was stored when it was destroyed. */
export interface Happening {
  /** Grows by one with each, over all kinds. */
  readonly position: number;
  readonly type: 'created' | 'updated' | 'destroyed';
  readonly resource: Resource;
  readonly old?: Resource;
}

/** Is told everything of a kind, or everything there is, as it happens. Must not throw. */
export type Listener = (happening: Happening) => void;

export interface EventLogOptions {
  /** Happenings of each kind that are kept for those who begin in the past. @default 1_000 */
  readonly history?: number;
  /** What position comes next, and which log it belongs to: bookmarks of another one are refused. @default 1, and a new log */
  readonly begin?: { readonly position: number; readonly log: Uint8Array };
}

const LOG_BYTES = 8;
const DEFAULT_HISTORY = 1_000;

interface History {
  /** Oldest first; the first `start` of them are let go. */
  happenings: Happening[];
  start: number;
  /** Nothing after this position is missing. */
  complete: number;
}

/**
 * Gives every change its place, keeps the newest of each kind, and tells those who listen, at once and in order.
 * Shared by the backends of one process, so that what happened in different namespaces has one order too.
 */
export class EventLog {
  readonly #log: Buffer;
  readonly #capacity: number;
  readonly #histories = new Map<string, History>();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #listenersToAll = new Set<Listener>();
  readonly #begin: number;
  #next: number;

  constructor({ history = DEFAULT_HISTORY, begin }: EventLogOptions = {}) {
    this.#capacity = history;
    this.#log = Buffer.from(begin?.log ?? randomBytes(LOG_BYTES));
    this.#next = begin?.position ?? 1;
    this.#begin = this.#next - 1;
  }

  /** The place of the newest happening of a kind; where that is none, the beginning. */
  positionOf(kind: Kind): number {
    return this.#histories.get(kindKey(kind))?.happenings.at(-1)?.position ?? this.#begin;
  }

  /** A place for something that will have happened when it is stored. Happenings of a kind keep the order of their places. */
  reserve(): number {
    const position = this.#next;
    this.#next += 1;
    return position;
  }

  /** What is known of a kind from an earlier life: nothing after `complete` is missing. Told to nobody. */
  restore(kind: Kind, happenings: readonly Happening[], complete: number): void {
    this.#histories.set(kindKey(kind), { happenings: [...happenings], start: 0, complete });
  }

  append(kind: Kind, happening: Omit<Happening, 'position'>, position = this.reserve()): Happening {
    const placed = { position, ...happening };
    const key = kindKey(kind);
    this.#keep(key, placed);
    const listeners = this.#listeners.get(key);
    if (listeners !== undefined) for (const listener of listeners) listener(placed);
    for (const listener of this.#listenersToAll) listener(placed);
    return placed;
  }

  /** Tells what happens to a kind from now on. */
  listen(kind: Kind, listener: Listener): Disposable {
    const key = kindKey(kind);
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    return {
      [Symbol.dispose]: () => {
        listeners.delete(listener);
        if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key);
      },
    };
  }

  /** Tells everything that happens from now on, each after those who listen to its kind were told. */
  listenToAll(listener: Listener): Disposable {
    this.#listenersToAll.add(listener);
    return {
      [Symbol.dispose]: () => {
        this.#listenersToAll.delete(listener);
      },
    };
  }

  /** The newest of a kind that are kept, oldest first; only those that `matches` holds for. */
  tail(kind: Kind, count: number, matches: (happening: Happening) => boolean = () => true): Happening[] {
    const history = this.#histories.get(kindKey(kind));
    if (history === undefined || count <= 0) return [];
    return history.happenings.slice(history.start).filter(matches).slice(-count);
  }

  bookmark(position: number): Bookmark {
    const bookmark = Buffer.allocUnsafe(2 * LOG_BYTES);
    this.#log.copy(bookmark);
    bookmark.writeBigUInt64BE(BigInt(position), LOG_BYTES);
    return bookmark;
  }

  /** What happened to a kind behind a bookmark. Errors: StateError `invalid-bookmark`. */
  since(kind: Kind, bookmark: Bookmark): Happening[] {
    const position = this.#positionOf(bookmark, kind);
    const history = this.#histories.get(kindKey(kind));
    if (position < (history?.complete ?? this.#begin)) {
      throw invalid(kind, 'what happened behind it is not kept any more');
    }
    return history === undefined
      ? []
      : history.happenings.slice(history.start).filter((one) => one.position > position);
  }

  #positionOf(bookmark: Bookmark, kind: Kind): number {
    const bytes = Buffer.from(bookmark.buffer, bookmark.byteOffset, bookmark.byteLength);
    if (bytes.length !== 2 * LOG_BYTES) throw invalid(kind, 'it is none of this state');
    if (!bytes.subarray(0, LOG_BYTES).equals(this.#log)) throw invalid(kind, 'it is of another life of this state');
    const position = bytes.readBigUInt64BE(LOG_BYTES);
    if (position >= BigInt(this.#next)) throw invalid(kind, 'it stands behind everything that happened');
    return Number(position);
  }

  #keep(key: string, happening: Happening): void {
    let history = this.#histories.get(key);
    if (history === undefined) {
      history = { happenings: [], start: 0, complete: this.#begin };
      this.#histories.set(key, history);
    }
    history.happenings.push(happening);
    if (history.happenings.length - history.start <= this.#capacity) return;
    history.complete = history.happenings[history.start]?.position ?? history.complete;
    history.start += 1;
    if (history.start < this.#capacity) return;
    history.happenings = history.happenings.slice(history.start);
    history.start = 0;
  }
}

function invalid(kind: Kind, why: string): StateError {
  return new StateError('invalid-bookmark', `Cannot go on watching ${named(kind)} from the bookmark: ${why}`, kind);
}
