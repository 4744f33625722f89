/**
 * The requests of an agent as they come in. The other side is a corex like this one, and runs as the same user, so its
 * requests are not guarded against malice; but what a mistake or another version made of one must not reach native code.
 */
import { parseTrustedJson } from '../../base/json.ts';
import type { SpawnSpec, StdinSpec } from '../launcher.ts';
import { type Frame, FrameError, keepBytes } from './frames.ts';
import type {
  AgentHello,
  ForgetRequest,
  OpenRequest,
  ReadRequest,
  ResizeRequest,
  SignalRequest,
  SpawnRequest,
  StdinRequest,
  StopRequest,
} from './protocol.ts';

interface Requests {
  hello: AgentHello;
  open: OpenRequest;
  spawn: SpawnRequest;
  stop: StopRequest;
  signal: SignalRequest;
  resize: ResizeRequest;
  stdin: StdinRequest;
  read: ReadRequest;
  forget: ForgetRequest;
}

/** What a field of a request has to be. */
type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const duration: Check = (value) => typeof value === 'number' && value >= 0;
const flag: Check = (value) => typeof value === 'boolean';
const texts: Check = (value) => Array.isArray(value) && value.every(text);
const object: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const shaped =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    object(value) && Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]));
const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);

const key: Check = (value) => typeof value === 'string' && /^[^/\0]+\.\d+$/.test(value);

const spec = shaped({
  program: text,
  args: texts,
  env: (value) => object(value) && Object.values(value as object).every(text),
  cwd: text,
  stdin: oneOf('none', 'bytes', 'stream'),
  pty: optional(shaped({ columns: count, rows: count })),
  deadline: optional(shaped({ afterMs: duration, graceMs: duration })),
  keep: flag,
  drainMs: duration,
  output: shaped({ directory: text, start: count, keepBytes: duration, memoryBytes: duration }),
  user: optional(object),
  streamOwner: optional(shaped({ uid: count, gid: count })),
  limits: optional(object),
  niceness: optional(Number.isInteger),
  capabilities: optional(texts),
  noNewPrivileges: optional(flag),
  cgroup: optional(object),
  mainPid: optional(shaped({ file: text, group: optional(text) })),
  unprivileged: optional(flag),
  redact: optional(texts),
});

const SHAPES: Readonly<Record<keyof Requests, Check>> = {
  hello: shaped({ protocol: count, oldest: count, version: text }),
  open: shaped({ generation: count, owner: text }),
  spawn: shaped({ key, spec }),
  stop: shaped({ key, reason: oneOf('killed', 'timeout', 'shutdown'), graceMs: duration }),
  signal: shaped({ key, signal: (value) => typeof value === 'string' && /^SIG[A-Z0-9]+$/.test(value) }),
  resize: shaped({ key, columns: count, rows: count }),
  stdin: shaped({ key, offset: count }),
  read: shaped({ key, from: count, maxBytes: duration }),
  forget: shaped({ keys: (value) => Array.isArray(value) && value.every(key) }),
};

/** The request of a frame. Errors: FrameError when it does not have the shape. */
export function readRequest<Shape extends keyof Requests>({ text: json }: Frame, shape: Shape): Requests[Shape] {
  let request: unknown;
  try {
    request = parseTrustedJson(json);
  } catch {
    throw new FrameError(`Cannot read a "${shape}" request: it is not JSON`);
  }
  if (!SHAPES[shape](request)) throw new FrameError(`Cannot read a "${shape}" request: it has another shape`);
  return request as Requests[Shape];
}

/** The spec of a spawn request, its standard input taken from the frame. */
export function readSpec({ spec: sent }: SpawnRequest, frame: Frame): SpawnSpec {
  return { ...sent, stdin: readStdin(sent.stdin, frame) };
}

function readStdin(type: SpawnRequest['spec']['stdin'], frame: Frame): StdinSpec {
  if (type === 'none') return { type };
  if (type === 'bytes') return { type, bytes: keepBytes(frame) };
  return frame.bytes.length === 0 ? { type } : { type, bytes: keepBytes(frame) };
}
