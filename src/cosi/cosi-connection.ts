/** A client's way to a server: calls as bytes, errors as StateErrors. */
import type * as Grpc from '@grpc/grpc-js';
import type { Client, ClientReadableStream, Metadata, ServiceError } from '@grpc/grpc-js';

import { type ErrorSubject, StateError } from '../state/state-error.ts';
import { type CosiAddress, parseCosiAddress } from './cosi-address.ts';
import type { Method } from './methods.ts';
import { JSON_SPECS, SPECS_KEY } from './specs-header.ts';
import { type Asked, CODE_KEY, errorOf } from './status.ts';
import { type CosiClientTls, tlsCredentials } from './tls-credentials.ts';

export interface CosiClientOptions {
  /** `unix:path` or `tls://host:port`. */
  readonly url: string;
  /** Needed for `tls:`: the client's certificate and key, and the authority that signed the server's. */
  readonly tls?: CosiClientTls | undefined;
  /** The longest a call may take that waits for nothing but the server, milliseconds. @default 30_000 */
  readonly timeoutMs?: number | undefined;
}

/** What a call is about: for its errors. */
export interface About {
  readonly asked: Asked;
  readonly subject: ErrorSubject;
}

const DEFAULT_TIMEOUT_MS = 30_000;

const CHANNEL_OPTIONS = {
  /** Of an answer. An event may hold a resource twice, and servers may allow large ones. */
  'grpc.max_receive_message_length': 64 * 1_024 * 1_024,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
  // Each backend has a connection of its own, which closes with it.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 5_000,
  'grpc.enable_channelz': 0,
};

const identity = (bytes: Buffer): Buffer => bytes;

export class CosiConnection {
  readonly #client: Client;
  readonly #headers: Metadata;
  readonly #grpc: typeof Grpc;
  readonly #timeoutMs: number;
  #isClosed = false;

  private constructor(grpc: typeof Grpc, client: Client, timeoutMs: number) {
    this.#grpc = grpc;
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    this.#headers = new grpc.Metadata();
    this.#headers.set(SPECS_KEY, JSON_SPECS);
  }

  /** Connects when it is first used. Errors: AgentError `bad-arguments` for an address or files that can't be used. */
  static async open({ url, tls, timeoutMs = DEFAULT_TIMEOUT_MS }: CosiClientOptions): Promise<CosiConnection> {
    const address = parseCosiAddress(url);
    const grpc = await import('@grpc/grpc-js');
    const credentials =
      address.type === 'unix' ? grpc.credentials.createInsecure() : await tlsCredentials(grpc, url, tls);
    return new CosiConnection(grpc, new grpc.Client(targetOf(address), credentials, CHANNEL_OPTIONS), timeoutMs);
  }

  /** One request, one answer. Errors: StateError, or the signal's reason. */
  async call<Request>(
    method: Method<Request>,
    request: Request,
    about: About,
    options: { readonly signal?: AbortSignal | undefined; readonly isPatient?: boolean } = {},
  ): Promise<Buffer> {
    this.#mustBeOpen();
    const { signal, isPatient = false } = options;
    signal?.throwIfAborted();
    const answer = Promise.withResolvers<Buffer>();
    const call = this.#client.makeUnaryRequest(
      method.path,
      identity,
      identity,
      method.writeRequest(request),
      this.#headers,
      isPatient ? {} : { deadline: Date.now() + this.#timeoutMs },
      (error: ServiceError | null, bytes?: Buffer) => {
        if (error !== null) answer.reject(this.errorOf(error, about));
        else answer.resolve(bytes ?? Buffer.alloc(0));
      },
    );
    const onAbort = (): void => {
      call.cancel();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await answer.promise;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** One request, answers as they come; `isPatient`: however long it takes. Errors come with its `error` event: see {@link errorOf}. */
  stream<Request>(method: Method<Request>, request: Request, isPatient: boolean): ClientReadableStream<Buffer> {
    this.#mustBeOpen();
    return this.#client.makeServerStreamRequest(
      method.path,
      identity,
      identity,
      method.writeRequest(request),
      this.#headers,
      isPatient ? {} : { deadline: Date.now() + this.#timeoutMs },
    );
  }

  /** What an error of the library means. */
  errorOf(error: ServiceError, { asked, subject }: About): StateError {
    if (this.#isClosed) return closed();
    const code = error.metadata instanceof this.#grpc.Metadata ? error.metadata.get(CODE_KEY)[0] : undefined;
    const failure = { status: error.code, message: error.details, code: code?.toString() };
    return errorOf(failure, asked, subject);
  }

  /** Ends all calls. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#client.close();
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw closed();
  }
}

function closed(): StateError {
  return new StateError('closed', 'Cannot use the state: its client is closed');
}

function targetOf(address: CosiAddress): string {
  if (address.type === 'unix') return `unix:${address.path}`;
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}
