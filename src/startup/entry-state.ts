/**
 * Where an entry stands.
 *
 * ```
 *   waiting ⇄ blocked ──▶ starting ──▶ running ──▶ done · failed · stopped
 *                            ▲  ▲         │
 *                            │  └─────────┤ its run ended badly
 *                            └ restarting ◀
 *
 *   a scheduled one: waiting ⇄ blocked ──▶ scheduled ──▶ stopped
 *   never started: skipped (its condition), invalid
 * ```
 */
import type { StartupState } from '../engine/startup-access.ts';

export type EntryState = StartupState;

/** What comes after it may start. */
const UP: ReadonlySet<EntryState> = new Set(['running', 'scheduled', 'done']);
/** Nothing more comes of it by itself. */
const OVER: ReadonlySet<EntryState> = new Set(['skipped', 'invalid', 'blocked', 'failed', 'stopping', 'stopped']);
/** Its turn has not come. */
const PENDING: ReadonlySet<EntryState> = new Set(['waiting', 'blocked']);

export function isUp(state: EntryState): boolean {
  return UP.has(state);
}

export function isOver(state: EntryState): boolean {
  return OVER.has(state);
}

export function isPending(state: EntryState): boolean {
  return PENDING.has(state);
}
