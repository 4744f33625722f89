import { connect as connectSocket } from 'node:net';
import WebSocket, { type ClientOptions } from 'ws';
import type { Clock } from '../base/clock.ts';
import { decodeBinaryFrame, encodeBinaryFrame, STDIN_KIND, type BinaryFrame } from '../channel/binary-frame.ts';
import { AgentError, errorMessage } from '../protocol/agent-error.ts';
import type { HelloFrame, ServerFrame } from '../protocol/frames.ts';
import { PROTOCOL_VERSION, SUBPROTOCOL } from '../protocol/version.ts';
import type { AgentAddress } from './address.ts';
import { closeError } from './reconnect-policy.ts';
import { readServerFrame } from './server-frame.ts';

/** Certificates for `wss:`; each as PEM. Default: what Node trusts. */
export interface TlsOptions {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

export interface ConnectionOptions {
  readonly token?: string;
  readonly tls?: TlsOptions;
  /** Milliseconds from the start until the agent's `hello` must be there. */
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
}

/** What a connection tells. `closed` comes exactly once and last; `hello` at most once, before any other frame. */
export type ConnectionEvent =
  | { readonly type: 'hello'; readonly hello: HelloFrame }
  | { readonly type: 'frame'; readonly frame: ServerFrame }
  | { readonly type: 'bytes'; readonly frame: BinaryFrame }
  | { readonly type: 'closed'; readonly code: number; readonly error: AgentError };

/** Largest message taken from the agent, bytes. A result is the largest, JSON escapes included. */
const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

/** How long the peer may take to answer a close before the socket is cut. */
const CLOSE_GRACE_MS = 1000;

/** One WebSocket to the agent, from the first packet to the last. Knows frames, not what they mean. */
export class Connection {
  readonly #address: AgentAddress;
  readonly #clock: Clock;
  readonly #onEvent: (event: ConnectionEvent) => void;
  readonly #socket: WebSocket;
  #error: AgentError | undefined;
  #hello: HelloFrame | undefined;
  /** The deadline of the hello, then the watch for a silent peer, then that of the close. */
  #timer: Disposable;
  #heard = false;
  #silences = 0;

  constructor(address: AgentAddress, options: ConnectionOptions, onEvent: (event: ConnectionEvent) => void) {
    this.#address = address;
    this.#clock = options.clock;
    this.#onEvent = onEvent;
    this.#socket = new WebSocket(address.target, [SUBPROTOCOL], socketOptions(address, options));
    this.#timer = this.#clock.after(options.connectTimeoutMs, () => {
      this.#fail(
        new AgentError(
          'disconnected',
          `Cannot connect to "${address.url}": no hello after ${options.connectTimeoutMs} ms`,
        ),
      );
    });
    this.#listen();
  }

  /** Sends a text frame. Does nothing when the connection is over. */
  send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  /** Sends bytes of standard input. Does nothing when the connection is over. */
  sendInput(handle: number, offset: number, payload: Uint8Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(encodeBinaryFrame({ kind: STDIN_KIND, handle, position: offset, payload }));
  }

  /** Ends the connection: what was sent goes out first. `closed` follows within a second. */
  close(): void {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    this.#error ??= new AgentError('disconnected', `The connection to "${this.#address.url}" was closed`);
    this.#timer[Symbol.dispose]();
    this.#timer = this.#clock.after(CLOSE_GRACE_MS, () => this.#socket.terminate());
    this.#socket.close(1000);
  }

  /** Ends the connection at once because the peer broke the protocol. */
  reject(why: string): void {
    this.#fail(new AgentError('bad-frame', `Cannot understand the agent at "${this.#address.url}": ${why}`));
  }

  #fail(error: AgentError): void {
    this.#error ??= error;
    this.#socket.terminate();
  }

  #listen(): void {
    const { url } = this.#address;
    this.#socket.on('message', (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    this.#socket.on('ping', () => (this.#heard = true));
    this.#socket.on('unexpected-response', (_request, response) => {
      this.#fail(refusalError(url, response.statusCode ?? 0));
    });
    this.#socket.on('error', (error) => {
      this.#error ??= new AgentError('disconnected', `Cannot reach an agent at "${url}": ${errorMessage(error)}`, {
        cause: error,
      });
    });
    this.#socket.on('close', (code, reason) => {
      this.#timer[Symbol.dispose]();
      this.#onEvent({ type: 'closed', code, error: this.#error ?? closeError(url, code, reason.toString()) });
    });
  }

  #receive(data: Buffer, isBinary: boolean): void {
    // After this side ended the connection, frames that were on their way are nobody's.
    if (this.#error !== undefined) return;
    this.#heard = true;
    if (isBinary) {
      const frame = decodeBinaryFrame(data);
      if (frame === undefined || this.#hello === undefined) this.reject('a binary frame is too short or too early');
      else this.#onEvent({ type: 'bytes', frame });
      return;
    }
    const read = readServerFrame(data.toString());
    if (read.type === 'malformed') this.reject(read.why);
    else if (read.type === 'frame') this.#deliver(read.frame);
  }

  #deliver(frame: ServerFrame): void {
    if (this.#hello !== undefined) this.#onEvent({ type: 'frame', frame });
    else if (frame.type !== 'hello') this.reject(`its first frame is "${frame.type}" instead of "hello"`);
    else this.#greet(frame);
  }

  #greet(hello: HelloFrame): void {
    if (hello.protocol !== PROTOCOL_VERSION) {
      const { url } = this.#address;
      this.#fail(
        new AgentError(
          'not-able',
          `Cannot talk to the agent at "${url}": it speaks protocol ${hello.protocol}, this client ${PROTOCOL_VERSION}`,
        ),
      );
      return;
    }
    this.#hello = hello;
    this.#timer[Symbol.dispose]();
    if (hello.heartbeat_ms > 0) this.#watch(hello.heartbeat_ms);
    this.#onEvent({ type: 'hello', hello });
  }

  /**
   * Gives up on a peer that was silent for two heartbeats. Counting ticks instead of reading a clock forgives a
   * process that was itself stopped: after it went on there is one tick before what had arrived is read.
   */
  #watch(heartbeatMs: number): void {
    this.#timer = this.#clock.after(heartbeatMs, () => {
      this.#silences = this.#heard ? 0 : this.#silences + 1;
      this.#heard = false;
      if (this.#silences < 2) this.#watch(heartbeatMs);
      else
        this.#fail(
          new AgentError(
            'disconnected',
            `Lost the connection to "${this.#address.url}": the agent was silent for ${2 * heartbeatMs} ms`,
          ),
        );
    });
  }
}

function socketOptions(address: AgentAddress, { token, tls }: ConnectionOptions): ClientOptions {
  const { socketPath } = address;
  return {
    ...tls,
    perMessageDeflate: false,
    maxPayload: MAX_PAYLOAD_BYTES,
    ...(token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } }),
    ...(socketPath === undefined ? {} : { createConnection: () => connectSocket({ path: socketPath }) }),
  };
}

function refusalError(url: string, status: number): AgentError {
  if (status === 401)
    return new AgentError('unauthorized', `Cannot connect to "${url}": the token is missing or wrong`);
  if (status === 403) return new AgentError('forbidden', `Cannot connect to "${url}": the agent does not allow it`);
  if (status === 404 || status === 426)
    return new AgentError('not-able', `Cannot connect to "${url}": there is no agent (HTTP ${status})`);
  return new AgentError('disconnected', `Cannot connect to "${url}": it answered with HTTP ${status}`);
}
