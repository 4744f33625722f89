import { Feed, type FeedReader } from '../base/feed.ts';
import type { AgentError } from '../protocol/agent-error.ts';
import type { LogFrame } from '../protocol/frames.ts';
import type { LogRecord } from '../protocol/log-record.ts';

/** Which records. */
export interface LogOptions {
  /** What all jobs say and how they end, the agent's own log, or both. @default ['jobs'] */
  readonly sources?: readonly ('jobs' | 'agent')[];
  /** Only messages of jobs of these levels; how a job ended always comes. */
  readonly levels?: readonly number[];
  /** Only jobs that have all these tags. */
  readonly tags?: readonly string[];
  /** The agent's own log from this level on. @default 'info' */
  readonly agentLevel?: 'debug' | 'info' | 'warn' | 'error';
  /** The newest records of before, at most 1000. @default 1000 */
  readonly backlog?: number;
}

/** Records are missing here: so many, or nobody knows how many because the connection was lost. */
export interface LogGap {
  readonly source: 'gap';
  readonly dropped: number | undefined;
}

export type LogItem = LogRecord | LogGap;

/** Records that may wait for who reads them; then the oldest go, and a gap tells. */
const WAITING = { items: 10_000, bytes: 8 * 1024 * 1024 };
const RECORD_BYTES = 200;
const BATCH_BYTES = 64 * 1024;

/** What a follower needs of the connection. */
export interface LogPort {
  subscribe(args: object, follower: LogFollower): Promise<{ readonly handle: number }>;
  unsubscribe(handle: number): Promise<void>;
  remove(follower: LogFollower): void;
}

/** Logs as they come: `for await (const item of follower)`. Ends when it is closed; rejects when the client is. */
export class LogFollower implements AsyncIterable<LogItem>, Disposable {
  readonly #port: LogPort;
  readonly #args: object;
  readonly #feed = new Feed<LogItem>({ items: 1, bytes: 0 });
  readonly #reader: FeedReader<LogItem>;
  #handle: number | undefined;
  #wasUp = false;
  #error: AgentError | undefined;
  #isClosed = false;

  /** Made by `Client.logs()`. */
  constructor(port: LogPort, { agentLevel, ...options }: LogOptions) {
    this.#port = port;
    this.#args = { ...options, ...(agentLevel === undefined ? {} : { agent_level: agentLevel }) };
    this.#reader = this.#feed.open({ backlog: 0, wants: () => true, bounds: WAITING });
  }

  async *[Symbol.asyncIterator](): AsyncIterator<LogItem, undefined> {
    try {
      for (;;) {
        const batch = await this.#reader.next(BATCH_BYTES);
        if (batch === undefined) break;
        if (batch.dropped > 0) yield { source: 'gap', dropped: batch.dropped };
        yield* batch.items;
      }
      if (this.#error !== undefined) throw this.#error;
      return undefined;
    } finally {
      this.close();
    }
  }

  /** No more records. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reader.close();
    this.#port.remove(this);
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle !== undefined) void this.#port.unsubscribe(handle).catch(() => undefined);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** There is a connection. After the first one what was said meanwhile is missing. */
  async onUp(): Promise<void> {
    const args = this.#wasUp ? { ...this.#args, backlog: 0 } : this.#args;
    if (this.#wasUp) this.#put({ source: 'gap', dropped: undefined }, 0);
    this.#wasUp = true;
    try {
      const { handle } = await this.#port.subscribe(args, this);
      // It may have been closed meanwhile.
      if (this.#isClosed) await this.#port.unsubscribe(handle);
      else this.#handle = handle;
    } catch (error) {
      const refusal = error as AgentError;
      if (refusal.code !== 'disconnected') this.fail(refusal);
    }
  }

  onDown(): void {
    this.#handle = undefined;
  }

  onFrame({ dropped = 0, records }: LogFrame): void {
    if (dropped > 0) this.#put({ source: 'gap', dropped }, 0);
    for (const record of records) this.#put(record, record.source === 'end' ? 0 : record.text.length);
  }

  /** It can't go on. */
  fail(error: AgentError): void {
    this.#error ??= error;
    this.#handle = undefined;
    this.close();
  }

  #put(item: LogItem, size: number): void {
    this.#feed.push('', item, size + RECORD_BYTES);
  }
}
