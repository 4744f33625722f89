/** What a client sent, told apart before anything is done with it. */
import { parseJson } from '../base/json.ts';
import type { JsonObject } from '../base/json.ts';

export type Ref = string | number;

export type IncomingFrame =
  | { readonly type: 'command'; readonly frame: JsonObject; readonly ref: Ref | undefined }
  | { readonly type: 'junk'; readonly message: string; readonly ref: Ref | undefined };

const LONGEST_REF = 256;

/** Reads a text frame. Never throws. */
export function readTextFrame(text: string): IncomingFrame {
  const parsed = parseJson(text);
  if (!parsed.ok) return { type: 'junk', message: parsed.message, ref: undefined };
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { type: 'junk', message: 'Cannot read the frame: it must be one JSON object', ref: undefined };
  }
  const frame = value as JsonObject;
  const ref = readRef(frame['ref']);
  if (frame['command'] === undefined) {
    return { type: 'junk', message: 'Cannot read the frame: it has no "command"', ref };
  }
  return { type: 'command', frame, ref };
}

/** A ref that is fit to be echoed. */
function readRef(value: unknown): Ref | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.length <= LONGEST_REF ? value : undefined;
}
