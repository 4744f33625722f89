/**
 * What agent and keeper say to each other. {@link ASK} stands in frames to the keeper, {@link TELL} in frames from it.
 *
 * Both sides begin with a hello. The shapes of hello, `runs` in it, and `leave` are the same in every version, so that
 * any agent can find out about any keeper, and ask one that has nothing to do to make room.
 */
import type { ErrorBody } from '../../protocol/agent-error.ts';
import type { Abilities, ExitRecord, RunKey, RunSnapshot, SpawnSpec, Started } from '../launcher.ts';
import type { StopReason } from '../../protocol/run.ts';

/** The version spoken here, and the oldest that is still understood. A version grows when an older side would misread. */
export const KEEPER_PROTOCOL: ProtocolRange = { protocol: 1, oldest: 1 };

export interface ProtocolRange {
  readonly protocol: number;
  readonly oldest: number;
}

/** Kinds of frames from the agent. */
export const ASK = {
  hello: 1,
  /** The agent needs the keeper no more: one that keeps nothing ends, any other says so. Understood before `open`. */
  leave: 2,
  open: 3,
  spawn: 4,
  stop: 5,
  signal: 6,
  resize: 7,
  writeStdin: 8,
  closeStdin: 9,
  read: 10,
  /** Not answered. */
  forget: 11,
  ping: 12,
} as const;

/** Kinds of frames from the keeper. */
export const TELL = {
  hello: 65,
  /** The answer to the request of the same id, JSON; bytes are output. */
  answer: 66,
  /** The request of the same id could not be carried out: an error. */
  failed: 67,
  /** A part of the list of runs; comes before the answer to `open`. */
  runs: 68,
  /** What is new of one run. */
  news: 69,
} as const;

export interface AgentHello extends ProtocolRange {
  readonly version: string;
}

export interface KeeperHello extends ProtocolRange {
  readonly version: string;
  readonly pid: number;
  /** Clock ticks since boot: with the pid it names the process for ever. */
  readonly startTime: number;
  /** Runs and unforgotten records. */
  readonly runs: number;
  readonly epoch: string;
  readonly abilities: Abilities;
}

export interface OpenRequest {
  readonly generation: number;
  /** Names the agent's process: the same one may come again after its connection broke. */
  readonly owner: string;
}

export interface OpenAnswer {
  readonly epoch: string;
}

/** The bytes of the frame are those of its standard input. */
export interface SpawnRequest {
  readonly key: RunKey;
  readonly spec: Omit<SpawnSpec, 'stdin'> & { readonly stdin: 'none' | 'bytes' | 'stream' };
}

export interface StopRequest {
  readonly key: RunKey;
  readonly reason: StopReason;
  readonly graceMs: number;
}

export interface SignalRequest {
  readonly key: RunKey;
  readonly signal: NodeJS.Signals;
}

export interface ResizeRequest {
  readonly key: RunKey;
  readonly columns: number;
  readonly rows: number;
}

/** For `writeStdin`, whose bytes are the frame's, and `closeStdin`. */
export interface StdinRequest {
  readonly key: RunKey;
  readonly offset: number;
}

export interface ReadRequest {
  readonly key: RunKey;
  readonly from: number;
  readonly maxBytes: number;
}

export interface ForgetRequest {
  readonly keys: readonly RunKey[];
}

/** The bytes of the frame are the slice's items. */
export interface ReadAnswer {
  readonly next: number;
  readonly ended: boolean;
}

/** All that is new of one run, said at once however much happened. The bytes of the frame are its early output. */
export interface RunNews {
  readonly key: RunKey;
  /** Its output ends here now. */
  readonly end: number;
  /** It goes on as this process; the one it was started as made way. */
  readonly started?: Started;
  /** There is room again for standard input, this much of which was taken. */
  readonly stdin?: number;
  readonly trouble?: string;
  readonly exit?: ExitRecord;
  /** A slice of a run that has said little, read from this position. */
  readonly early?: ReadAnswer & { readonly from: number };
}

export type RunsPart = readonly RunSnapshot[];

export type Failure = ErrorBody;

/** The largest part of a run's output that one answer gives. */
export const LARGEST_READ = 1024 * 1024;

/** Output of a run up to this many bytes from its start is told without being asked for. */
export const EARLY_OUTPUT = 16 * 1024;

/** At most this much of standard input is sent at once; more than is taken would be sent for nothing. */
export const LARGEST_STDIN = 1024 * 1024;

/** The version two sides speak with each other; undefined when they have none in common. */
export function commonProtocol(one: ProtocolRange, other: ProtocolRange): number | undefined {
  const common = Math.min(one.protocol, other.protocol);
  return common >= Math.max(one.oldest, other.oldest) ? common : undefined;
}
