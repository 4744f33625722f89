/** Serves a state as `cosi.resource.State`. */
import type { Server as GrpcServer } from '@grpc/grpc-js';

import { type Clock, systemClock } from '../base/clock.ts';
import { inTime } from '../base/in-time.ts';
import type { State } from '../state/state.ts';
import { type Logger, silentLogger } from '../telemetry/logger.ts';
import { CosiListener, type CosiListenOptions } from './cosi-listener.ts';
import { METHODS } from './methods.ts';
import { loadYaml } from './spec-yaml.ts';
import { stateService } from './state-service.ts';

export interface CosiServerOptions {
  /** What clients may see and change. It stays open when the server closes. */
  readonly state: State;
  readonly listeners: readonly CosiListenOptions[];
  /** @default silent */
  readonly logger?: Logger;
  /** Default: the machine's own. */
  readonly clock?: Clock;
}

const CHANNEL_OPTIONS = {
  /** Of a request: larger ones are refused. */
  'grpc.max_receive_message_length': 4 * 1_024 * 1_024,
  'grpc.max_concurrent_streams': 1_024,
  // Whoever doesn't answer any more is let go, with the watches it has.
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  // Bookkeeping of each call that nobody asks for.
  'grpc.enable_channelz': 0,
};

/** How long calls under way may take to end when the server closes, milliseconds. */
const CLOSE_MS = 1_000;

const identity = (bytes: Buffer): Buffer => bytes;

export class CosiServer implements AsyncDisposable {
  readonly #grpc: GrpcServer;
  readonly #listeners: readonly CosiListener[];
  readonly #stop: AbortController;
  readonly #clock: Clock;
  #closing: Promise<void> | undefined;

  private constructor(grpc: GrpcServer, listeners: readonly CosiListener[], stop: AbortController, clock: Clock) {
    this.#grpc = grpc;
    this.#listeners = listeners;
    this.#stop = stop;
    this.#clock = clock;
  }

  /** Errors: AgentError of an address or certificates that can't be used; then nothing listens. */
  static async open(options: CosiServerOptions): Promise<CosiServer> {
    const { state, logger = silentLogger, clock = systemClock } = options;
    const [grpc, yaml] = await Promise.all([import('@grpc/grpc-js'), loadYaml()]);
    const stop = new AbortController();
    const server = new grpc.Server(CHANNEL_OPTIONS);
    server.addService(definition(), stateService({ grpc, state, yaml, logger, signal: stop.signal }));
    const door = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
    const listeners: CosiListener[] = [];
    const made = new CosiServer(server, listeners, stop, clock);
    try {
      for (const listener of options.listeners) {
        // Who gets here has proved to be allowed to; the library sees only what is inside of TLS.
        listeners.push(await CosiListener.open(listener, (socket) => door.injectConnection(socket)));
      }
    } catch (error) {
      await made.close();
      throw error;
    }
    return made;
  }

  /** Where clients find it, in the order of the listeners. */
  get endpoints(): readonly string[] {
    return this.#listeners.map(({ endpoint }) => endpoint);
  }

  /** Reads certificates again; new connections get them. Errors: AgentError `bad-arguments`, and the old ones stay. */
  async reloadCertificates(): Promise<void> {
    for (const listener of this.#listeners) await listener.reloadCertificates();
  }

  /** Ends watches, lets calls under way end, and closes all connections. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    for (const listener of this.#listeners) listener.stop();
    this.#stop.abort();
    const ended = new Promise<void>((resolve) => {
      this.#grpc.tryShutdown(() => {
        resolve();
      });
    });
    await inTime(this.#clock, CLOSE_MS, ended, undefined);
    this.#grpc.forceShutdown();
  }
}

/** What the library has to know of each call. Requests and answers are bytes to it. */
function definition(): Parameters<GrpcServer['addService']>[0] {
  return Object.fromEntries(
    Object.values(METHODS).map(({ name, path, isStream }) => [
      name,
      {
        path,
        requestStream: false,
        responseStream: isStream,
        requestSerialize: identity,
        requestDeserialize: identity,
        responseSerialize: identity,
        responseDeserialize: identity,
      },
    ]),
  );
}
