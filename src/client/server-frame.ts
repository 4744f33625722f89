/** Reads text frames of the agent. By hand: the schemas would cost a client its start-up time. */
import { parseTrustedJson } from '../base/json.ts';
import type { ServerFrame } from '../protocol/frames.ts';

type Members = Readonly<Record<string, unknown>>;
type Check = (frame: Members) => boolean;

const isText = (value: unknown): boolean => typeof value === 'string';
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isMaybeCount = (value: unknown): boolean => value === undefined || isCount(value);
const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isMessage = (value: unknown): boolean =>
  isObject(value) && isCount(value['seq']) && isCount(value['level']) && isText(value['text']);

/** What the client relies on in each frame; more members may be there. */
const CHECKS: Readonly<Record<ServerFrame['type'], Check>> = {
  hello: (frame) => isCount(frame['protocol']) && isObject(frame['limits']) && isCount(frame['heartbeat_ms']),
  accepted: (frame) => isText(frame['id']) && typeof frame['attached'] === 'boolean',
  messages: (frame) =>
    isText(frame['id']) &&
    isMaybeCount(frame['handle']) &&
    Array.isArray(frame['messages']) &&
    frame['messages'].every(isMessage),
  gap: (frame) => isMaybeCount(frame['handle']) && isCount(frame['from']) && isCount(frame['to']),
  stats: (frame) => isText(frame['id']) && isMaybeCount(frame['handle']),
  event: (frame) => isText(frame['id']) && isMaybeCount(frame['handle']) && isText(frame['event']),
  log: (frame) => isCount(frame['handle']) && Array.isArray(frame['records']) && frame['records'].every(isObject),
  resources: (frame) => isCount(frame['handle']) && Array.isArray(frame['events']) && frame['events'].every(isObject),
  end: (frame) => isCount(frame['handle']) && isCount(frame['position']),
  result: (frame) =>
    isText(frame['id']) &&
    isText(frame['state']) &&
    isText(frame['reason']) &&
    isText(frame['data']) &&
    isCount(frame['code']),
  error: (frame) => isText(frame['code']) && isText(frame['message']),
};

export type ReadFrame =
  | { readonly type: 'frame'; readonly frame: ServerFrame }
  /** Of a type this version doesn't know: to be ignored. */
  | { readonly type: 'unknown' }
  | { readonly type: 'malformed'; readonly why: string };

/** Reads one text frame. Never throws. */
export function readServerFrame(text: string): ReadFrame {
  let value: unknown;
  try {
    value = parseTrustedJson(text);
  } catch {
    return { type: 'malformed', why: 'a text frame is no JSON' };
  }
  if (!isObject(value) || typeof value['type'] !== 'string')
    return { type: 'malformed', why: 'a text frame has no "type"' };
  const { type } = value;
  if (!isKnown(type)) return { type: 'unknown' };
  if (!CHECKS[type](value)) return { type: 'malformed', why: `a frame of type "${type}" lacks what it must have` };
  return { type: 'frame', frame: value as unknown as ServerFrame };
}

function isKnown(type: string): type is ServerFrame['type'] {
  return Object.hasOwn(CHECKS, type);
}
