/** The port to where resources are written down. */
import type { Happening } from './event-log.ts';
import type { Kind, Pointer } from './resource.ts';

/** One change, as it is written: everything of it, or nothing. */
export interface StoredChange {
  readonly type: Happening['type'];
  readonly position: number;
  readonly pointer: Pointer;
  /** What is stored from now on, or was last when it was destroyed. */
  readonly bytes: Uint8Array;
  /** What was stored before an update. */
  readonly old?: Uint8Array;
}

/** What is found at the start. */
export interface Loaded {
  readonly resources: readonly { readonly pointer: Pointer; readonly bytes: Uint8Array }[];
  /** Of each kind the newest changes that are kept, oldest first; nothing after `complete` is missing. */
  readonly past: readonly {
    readonly kind: Kind;
    readonly complete: number;
    readonly changes: readonly StoredChange[];
  }[];
  /** Eight bytes that name this state for ever. */
  readonly log: Uint8Array;
  /** How often it was opened, this time included. */
  readonly generation: number;
}

/** Keeps bytes. `changes` of one write are kept together or not at all. */
export interface Persistence {
  /** To be called once, before anything else. */
  load(): Promise<Loaded>;
  /** Resolves when all of them are safe. Errors: whatever kept it from that; then none of them is kept. */
  write(changes: readonly StoredChange[]): Promise<void>;
  close(): Promise<void>;
}
