/** The server’s limits. Byte counts are bytes, times are milliseconds. */
import { DEAD_PEER_MS, HEARTBEAT_MS, MAX_FRAME_BYTES, MAX_UNANSWERED, STDIN_CREDIT_BYTES } from '../protocol/limits.ts';

export interface ServerLimits {
  /** Largest frame a client may send. */
  readonly frameBytes: number;
  /** Fragments one message may come in. */
  readonly fragments: number;
  /** Pieces of an unfinished frame that may wait for the rest. */
  readonly bufferedChunks: number;
  /** Commands of one connection that may be unanswered. */
  readonly unanswered: number;
  /** The same for `job.kill`, which other commands never hold up. */
  readonly unansweredKills: number;
  /** Subscriptions of one connection. */
  readonly subscriptions: number;
  /** Standard inputs one connection may have open. Each may have {@link stdinCredit} waiting. */
  readonly stdinHandles: number;
  /** Bytes of standard input that may be sent ahead of those taken. */
  readonly stdinCredit: number;
  /** Output is fetched for a connection only while what it has not taken stays under this. */
  readonly softBytes: number;
  /** … and again once it fell under this. */
  readonly resumeBytes: number;
  /** With more replies untaken than this a connection is not listened to, until it has taken them all. */
  readonly congestedBytes: number;
  /** A connection that has more untaken than this, and takes nothing of it for {@link slowPatienceMs}, is closed; with eight times as much, at once. */
  readonly hardBytes: number;
  readonly slowPatienceMs: number;
  readonly heartbeatMs: number;
  readonly deadPeerMs: number;
  /** How long closing waits for clients to take what is theirs. */
  readonly drainMs: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly timeoutCheckMs: number;
  readonly headerBytes: number;
  readonly headers: number;
  /** Connections of one listener, WebSocket or not. */
  readonly connections: number;
  /** Connections from one address; loopback and unix sockets have only the limits for all. */
  readonly connectionsPerAddress: number;
  /** WebSocket sessions over all listeners; more are told to try later. */
  readonly sessions: number;
}

export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  frameBytes: MAX_FRAME_BYTES,
  fragments: 1024,
  bufferedChunks: 16_384,
  unanswered: MAX_UNANSWERED,
  unansweredKills: 65_536,
  subscriptions: 1024,
  stdinHandles: 32,
  stdinCredit: STDIN_CREDIT_BYTES,
  softBytes: 1024 * 1024,
  resumeBytes: 256 * 1024,
  congestedBytes: 4 * 1024 * 1024,
  hardBytes: 8 * 1024 * 1024,
  slowPatienceMs: 1000,
  heartbeatMs: HEARTBEAT_MS,
  deadPeerMs: DEAD_PEER_MS,
  drainMs: 5000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  timeoutCheckMs: 2500,
  headerBytes: 16 * 1024,
  headers: 100,
  connections: 1024,
  connectionsPerAddress: 64,
  sessions: 1000,
};

/** Connections beyond the sessions, for those who ask for health or are told to try later. */
const SPARE_CONNECTIONS = DEFAULT_SERVER_LIMITS.connections - DEFAULT_SERVER_LIMITS.sessions;

/** All limits, from those given: sessions follow from connections unless they are given, too. */
export function completeLimits(given: Partial<ServerLimits> = {}): ServerLimits {
  const { connections = DEFAULT_SERVER_LIMITS.connections } = given;
  return { ...DEFAULT_SERVER_LIMITS, sessions: Math.max(1, connections - SPARE_CONNECTIONS), ...given };
}
