/** What is kept of a live run beside its intent: the next agent need not hear it from its start again, nor guess whose its pid is. */
import { parseTrustedJson } from '../base/json.ts';
import type { ProcessIdentity } from '../protocol/run.ts';
import type { CollectorSnapshot } from './streams/message-collector.ts';
import type { PumpSnapshot } from './streams/message-pump.ts';

export interface RunNote {
  /** Wall clock, milliseconds. */
  readonly startedAt: number;
  /** Its main process; undefined when it has none, or when nobody could tell. */
  readonly identity?: ProcessIdentity;
  /** Where its messages were parsed to, and what of them the result needs. Both of one moment. */
  readonly heard?: { readonly pump: PumpSnapshot; readonly collector: CollectorSnapshot };
}

/** Of the JSON. Notes of another one are not understood; then the run is heard from its start. */
const VERSION = 1;

export function writeRunNote(note: RunNote): string {
  return JSON.stringify({ version: VERSION, ...note });
}

/** Undefined for a note that this version doesn't understand. */
export function readRunNote(text: string): RunNote | undefined {
  try {
    const note = parseTrustedJson(text) as RunNote & { readonly version?: number };
    return note.version === VERSION ? note : undefined;
  } catch {
    return undefined;
  }
}
