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

/** One resource as it was written last. */
export interface StoredResource {
  readonly pointer: Pointer;
  readonly bytes: Uint8Array;
}

/** What is found at the start, beside the resources. */
export interface Loaded {
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
  /**
   * To be called once, before anything else. `found` is given each resource there is while others are read. Errors: what
   * `found` throws.
   */
  load(found: (resource: StoredResource) => void): Promise<Loaded>;
  /** Resolves when all of them are safe. Errors: whatever kept it from that; then none of them is kept. */
  write(changes: readonly StoredChange[]): Promise<void>;
  close(): Promise<void>;
}
