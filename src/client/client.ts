import { systemClock, type Clock } from '../base/clock.ts';
import type { AgentError } from '../protocol/agent-error.ts';
import type { HelloFrame } from '../protocol/frames.ts';
import { DEFAULT_URL, parseAddress } from './address.ts';
import { AgentApi } from './agent-api.ts';
import { batchCommand, type BatchCommand, type BatchOptions } from './batch.ts';
import type { ClientStatus } from './client-status.ts';
import type { TlsOptions } from './connection.ts';
import type { DownloadOptions } from './download.ts';
import { FilesApi } from './files-api.ts';
import { JobHandle } from './job-handle.ts';
import { JobsApi } from './jobs-api.ts';
import { KnownJob } from './known-job.ts';
import { LogFollower, type LogOptions } from './log-follower.ts';
import { QueuesApi } from './queues-api.ts';
import { ResourcesApi } from './resources-api.ts';
import { DEFAULT_RECONNECT, type ReconnectPolicy } from './reconnect-policy.ts';
import { RunningJob, type JobCommand, type RunOptions } from './run-job.ts';
import { Session, type CallOptions } from './session.ts';
import type { Transferred } from './transfer.ts';
import type { Uploaded, UploadOptions } from './upload.ts';

export interface ConnectOptions {
  /** Bearer token. A unix socket needs none. */
  readonly token?: string;
  /** Gives up connecting, with the signal's reason. Once connected it means nothing. */
  readonly signal?: AbortSignal;
  /** What to do when the connection is lost; false closes the client. */
  readonly reconnect?: Partial<ReconnectPolicy> | false;
  /** For `wss:`. */
  readonly tls?: TlsOptions;
  /** Milliseconds one try may take until the agent has said hello. @default 10_000 */
  readonly connectTimeoutMs?: number;
  /** Told of everything that happens to the connection. What it throws is ignored. */
  readonly onStatus?: (status: ClientStatus) => void;
  /** @default the machine's own time */
  readonly clock?: Clock;
  /** Gives 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number;
}

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connects to an agent at `ws://host:port`, `wss://host:port` or `unix:/path`. Rejects when the first try fails; later
 * losses are bridged as `reconnect` says. Errors: AgentError `disconnected` (nobody there, no hello in time),
 * `unauthorized`, `forbidden`, `not-able` (not an agent, or of another protocol), `bad-frame`, `bad-arguments`.
 */
export async function connect(url: string = DEFAULT_URL, options: ConnectOptions = {}): Promise<Client> {
  const { signal, token, tls } = options;
  signal?.throwIfAborted();
  const session = new Session(parseAddress(url), {
    ...(token === undefined ? {} : { token }),
    ...(tls === undefined ? {} : { tls }),
    reconnect: options.reconnect === false ? false : { ...DEFAULT_RECONNECT, ...options.reconnect },
    connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    onStatus: options.onStatus,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  });
  const abort = (): void => void session.close();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await session.open();
  } catch (error) {
    await session.close();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  return new Client(session);
}

/**
 * A connection to an agent, and what can be asked of it. Everything that was asked settles, at the latest when the
 * client is closed: what is still open then rejects with AgentError `disconnected`.
 */
export class Client implements AsyncDisposable {
  readonly jobs: JobsApi;
  readonly queues: QueuesApi;
  readonly agent: AgentApi;
  readonly files: FilesApi;
  readonly resources: ResourcesApi;
  readonly #session: Session;

  /** Made by {@link connect}. */
  constructor(session: Session) {
    this.#session = session;
    this.jobs = new JobsApi(session);
    this.queues = new QueuesApi(session);
    this.agent = new AgentApi(session);
    this.files = new FilesApi(session);
    this.resources = new ResourcesApi(session);
  }

  get url(): string {
    return this.#session.url;
  }

  /** What the agent said of itself when the connection was last made. */
  get hello(): HelloFrame | undefined {
    return this.#session.hello;
  }

  get state(): 'connected' | 'reconnecting' | 'closed' {
    return this.#session.state;
  }

  /** Resolves when the client is closed for good; to the reason, unless {@link close} was called. Never rejects. */
  get closed(): Promise<AgentError | undefined> {
    return this.#session.closed;
  }

  /**
   * Sends a command that becomes a job, and returns at once. The command gets an id, a UUID, if it has none; with the
   * id and content of a job that exists it attaches to that one. See {@link JobHandle} for how it tells of errors.
   */
  run(command: JobCommand, options: RunOptions = {}): JobHandle {
    return new JobHandle(this.#session, new RunningJob(this.#session, command, options));
  }

  /**
   * Sends many commands at once, all or none, as one job that ends when they have; {@link batchSummary} reads its result.
   * Errors: as {@link run}.
   */
  batch(commands: readonly BatchCommand[], options: BatchOptions = {}): JobHandle {
    const { signal, onAbort } = options;
    return this.run(batchCommand(commands, options), {
      ...(signal === undefined ? {} : { signal }),
      ...(onAbort === undefined ? {} : { onAbort }),
    });
  }

  /** A job of the agent, live or in its history. Whether there is one shows when something is asked of it. */
  job(id: string): JobHandle {
    return new JobHandle(this.#session, new KnownJob(this.#session, id));
  }

  /**
   * Follows what all jobs say, and what the agent logs, until it is closed. Over a lost connection it goes on with a
   * gap. Errors, when it is read: AgentError of the refusal; `disconnected` once the client is closed.
   */
  logs(options: LogOptions = {}): LogFollower {
    return this.#session.logs.start(new LogFollower(this.#session.logs, options));
  }

  /**
   * Calls a built-in and resolves to its answer. Errors: the AgentError of the refusal or failure, its `number` the
   * result's code; `disconnected` when the connection was lost after it was sent and it is not idempotent.
   */
  call(name: string, args?: unknown, options: CallOptions = {}): Promise<unknown> {
    return this.#session.call(name, args, options);
  }

  /**
   * Sends a file of this machine to a path on the agent's. It appears there as a whole or not at all. What is cut off is
   * gone on with: by itself over a lost connection, and by the same call later on. Errors: AgentError `no-such-file`,
   * `bad-path`, `forbidden`, `no-space`, `file-changed` when it was changed here meanwhile; the signal's reason.
   */
  async upload(local: string, remote: string, options?: UploadOptions): Promise<Uploaded> {
    const { upload } = await import('./upload.ts');
    return await upload(this.#session, local, remote, options);
  }

  /** Fetches a file of the agent's machine, likewise. Errors: as {@link upload}; `file-changed` when it was changed there meanwhile. */
  async download(remote: string, local: string, options?: DownloadOptions): Promise<Transferred> {
    const { download } = await import('./download.ts');
    return await download(this.#session, remote, local, options);
  }

  /** Closes the connection for good. Jobs go on. Resolves when the socket is gone. Idempotent. */
  async close(): Promise<void> {
    await this.#session.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
