/** The one order in which everything happened. */
import { randomBytes } from 'node:crypto';

import type { Bookmark } from './event.ts';
import { KindMap } from './kind-map.ts';
import type { Kind, Resource } from './resource.ts';
import { named, StateError } from './state-error.ts';
import { weightOf } from './weight.ts';

/** What a write did to a resource. `resource` is the last one that was stored when it was destroyed. */
export interface Transition {
  readonly type: 'created' | 'updated' | 'destroyed';
  readonly resource: Resource;
  readonly old?: Resource | undefined;
}

/** The same in its place. */
export interface Happening extends Transition {
  /** Grows by one with each, over all kinds. */
  readonly position: number;
  /** What the resource takes of memory, about: bytes. */
  readonly weight: number;
}

/** Is told everything of a kind, or everything there is, as it happens. Must not throw. */
export type Listener = (happening: Happening) => void;

export interface EventLogOptions {
  /** Happenings of each kind that are kept for those who begin in the past. @default 1_000 */
  readonly history?: number;
  /** What position comes next, and which log it belongs to: bookmarks of another one are refused. @default 1, and a new log */
  readonly begin?: {
    readonly position: number;
    readonly log: Uint8Array;
    /** Whether nothing of a kind is missing of which no past is restored. @default of none: it may have had one */
    readonly isWhole?: (kind: Kind) => boolean;
  };
}

const LOG_BYTES = 8;
const HALF_BYTES = 4;
const POSITIONS_PER_HALF = 2 ** 32;
const DEFAULT_HISTORY = 1_000;
/** Happenings of a kind that are kept hold on to about this much that is stored no more. */
const HISTORY_BYTES = 32 * 1024 * 1024;

interface History {
  /** Oldest first; the first `start` of them are let go. */
  happenings: Happening[];
  start: number;
  /** Of those that are kept, bytes. */
  weight: number;
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
  readonly #histories = new KindMap<History>();
  readonly #listeners = new KindMap<Set<Listener>>();
  readonly #listenersToAll = new Set<Listener>();
  readonly #begin: number;
  readonly #isWhole: (kind: Kind) => boolean;
  #next: number;

  constructor({ history = DEFAULT_HISTORY, begin }: EventLogOptions = {}) {
    this.#capacity = history;
    this.#log = Buffer.from(begin?.log ?? randomBytes(LOG_BYTES));
    this.#next = begin?.position ?? 1;
    this.#begin = this.#next - 1;
    this.#isWhole = begin?.isWhole ?? (() => false);
  }

  /** The place of the newest happening of a kind; where that is none, the beginning. */
  positionOf(kind: Kind): number {
    return this.#histories.get(kind)?.happenings.at(-1)?.position ?? this.#begin;
  }

  /** A place for something that will have happened when it is stored. Happenings of a kind keep the order of their places. */
  reserve(): number {
    const position = this.#next;
    this.#next += 1;
    return position;
  }

  /** What is known of a kind from an earlier life: nothing after `complete` is missing. Told to nobody. */
  restore(kind: Kind, past: readonly (Transition & { readonly position: number })[], complete: number): void {
    const happenings = past.map(({ position, ...transition }) => placedAt(position, transition));
    const weight = happenings.reduce((sum, happening) => sum + happening.weight, 0);
    this.#histories.set(kind, { happenings, start: 0, weight, complete });
  }

  append(kind: Kind, transition: Transition, position = this.reserve()): Happening {
    const placed = placedAt(position, transition);
    this.#keep(kind, placed);
    const listeners = this.#listeners.get(kind);
    if (listeners !== undefined) for (const listener of listeners) listener(placed);
    for (const listener of this.#listenersToAll) listener(placed);
    return placed;
  }

  /** Tells what happens to a kind from now on. */
  listen({ namespace, type }: Kind, listener: Listener): Disposable {
    const kind = { namespace, type };
    const listeners = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, listeners.add(listener));
    return {
      [Symbol.dispose]: () => {
        listeners.delete(listener);
        if (listeners.size === 0 && this.#listeners.get(kind) === listeners) this.#listeners.delete(kind);
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
    const history = this.#histories.get(kind);
    if (history === undefined || count <= 0) return [];
    return history.happenings.slice(history.start).filter(matches).slice(-count);
  }

  bookmark(position: number): Bookmark {
    const bookmark = Buffer.allocUnsafe(2 * LOG_BYTES);
    bookmark.set(this.#log);
    // A number of 64 bits, in halves: every event has one.
    bookmark.writeUInt32BE(Math.floor(position / POSITIONS_PER_HALF), LOG_BYTES);
    bookmark.writeUInt32BE(position % POSITIONS_PER_HALF, LOG_BYTES + HALF_BYTES);
    return bookmark;
  }

  /** What happened to a kind behind a bookmark. Errors: StateError `invalid-bookmark`. */
  since(kind: Kind, bookmark: Bookmark): Happening[] {
    const position = this.#positionOf(bookmark, kind);
    const history = this.#histories.get(kind);
    if (position < (history?.complete ?? this.#floorOf(kind))) {
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

  #floorOf(kind: Kind): number {
    return this.#isWhole(kind) ? 0 : this.#begin;
  }

  #keep(kind: Kind, happening: Happening): void {
    let history = this.#histories.get(kind);
    if (history === undefined) {
      history = { happenings: [], start: 0, weight: 0, complete: this.#floorOf(kind) };
      this.#histories.set(kind, history);
    }
    history.happenings.push(happening);
    history.weight += happening.weight;
    while (this.#isFull(history)) letGo(history);
    if (history.start === 0 || history.start * 2 < history.happenings.length) return;
    history.happenings = history.happenings.slice(history.start);
    history.start = 0;
  }

  #isFull({ happenings, start, weight }: History): boolean {
    const count = happenings.length - start;
    return count > this.#capacity || (weight > HISTORY_BYTES && count > 1);
  }
}

function placedAt(position: number, { type, resource, old }: Transition): Happening {
  return { position, type, resource, old, weight: weightOf(resource) };
}

/** The oldest one. */
function letGo(history: History): void {
  const oldest = history.happenings[history.start];
  if (oldest === undefined) return;
  history.complete = oldest.position;
  history.weight -= oldest.weight;
  history.start += 1;
}

function invalid(kind: Kind, why: string): StateError {
  return new StateError('invalid-bookmark', `Cannot go on watching ${named(kind)} from the bookmark: ${why}`, kind);
}
