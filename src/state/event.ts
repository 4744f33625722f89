import type { Kind, Pointer, Resource } from './resource.ts';

/** Opaque: where a watch stands, for going on from there. */
export type Bookmark = Uint8Array;

/** What a watch tells. `bookmark`, where there is one, stands behind the event. */
export type StateEvent<Spec = unknown> =
  | { readonly type: 'created'; readonly resource: Resource<Spec>; readonly bookmark?: Bookmark }
  | {
      readonly type: 'updated';
      readonly resource: Resource<Spec>;
      readonly old: Resource<Spec>;
      readonly bookmark?: Bookmark;
    }
  /** `resource` is the last one that was stored; missing when a watch begins where there is none. */
  | {
      readonly type: 'destroyed';
      readonly pointer: Pointer;
      readonly resource?: Resource<Spec>;
      readonly bookmark?: Bookmark;
    }
  /** All that was there when the watch began has been told. */
  | { readonly type: 'bootstrapped'; readonly kind: Kind; readonly bookmark: Bookmark }
  /** Nothing happened; this is where the watch begins. */
  | { readonly type: 'noop'; readonly kind: Kind; readonly bookmark: Bookmark };

/** Events in order, from the moment it was made. Ends when it is left, closed or aborted; throws the StateError that ended it. */
export interface Watch<Item = StateEvent> extends AsyncIterableIterator<Item>, Disposable {
  /** Ends it; what was not read yet is let go. Idempotent. */
  close(): void;
}
