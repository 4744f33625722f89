import type { BinaryFrame } from '../channel/binary-frame.ts';
import { AgentError, errorMessage } from '../protocol/agent-error.ts';
import type { HelloFrame, ServerFrame } from '../protocol/frames.ts';
import type { AgentAddress } from './address.ts';
import type { ClientStatus } from './client-status.ts';
import { Connection, type ConnectionEvent, type ConnectionOptions } from './connection.ts';
import { decideReconnect, type ReconnectPolicy } from './reconnect-policy.ts';

export interface LinkOptions extends ConnectionOptions {
  readonly reconnect: ReconnectPolicy | false;
  readonly random: () => number;
}

/** What a link tells its owner. Between `onUp` and `onDown` frames may come and may be sent. */
export interface LinkListener {
  onUp(hello: HelloFrame): void;
  onFrame(frame: ServerFrame): void;
  onBytes(frame: BinaryFrame): void;
  onDown(error: AgentError): void;
  /** For good. The last call. `error` is missing when {@link Link.close} was called. */
  onClosed(error: AgentError | undefined): void;
  onStatus(status: ClientStatus): void;
}

/** A healthy connection lived this long, or the agent answered something on it: the delays start small again. */
const HEALTHY_MS = 10_000;

/**
 * Keeps one connection to the agent, for as long as the policy says.
 *
 *   connecting ──hello──▶ up ──lost──▶ waiting ──delay──▶ connecting
 *        └──failed──▶ waiting       any ──close, or the policy says stop──▶ closed
 */
export class Link {
  readonly #address: AgentAddress;
  readonly #options: LinkOptions;
  readonly #listener: LinkListener;
  /** Resolves when the present connection is gone. */
  #over = Promise.withResolvers<undefined>();
  #connection: Connection | undefined;
  #delay: Disposable | undefined;
  #isUp = false;
  #isClosed = false;
  #hasBeenUp = false;
  #attempt = 0;
  #upSince = 0;
  #downSince: number;

  constructor(address: AgentAddress, options: LinkOptions, listener: LinkListener) {
    this.#address = address;
    this.#options = options;
    this.#listener = listener;
    this.#downSince = options.clock.monotonic();
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Begins. The first failure is final; later ones are up to the policy. */
  open(): void {
    this.#over = Promise.withResolvers();
    try {
      this.#connection = new Connection(this.#address, this.#options, (event) => this.#on(event));
    } catch (cause) {
      const error = new AgentError(
        'bad-arguments',
        `Cannot connect to "${this.#address.url}": ${errorMessage(cause)}`,
        {
          cause,
        },
      );
      this.#lost(1006, error);
    }
  }

  send(text: string): void {
    this.#connection?.send(text);
  }

  sendInput(handle: number, offset: number, payload: Uint8Array): void {
    this.#connection?.sendInput(handle, offset, payload);
  }

  /** The agent does what it should: a lost connection is tried again soon. */
  praise(): void {
    this.#attempt = 0;
  }

  /** Drops the connection because of what came over it. */
  reject(why: string): void {
    this.#connection?.reject(why);
  }

  /** Ends it for good. Resolves when the socket is gone. */
  async close(error?: AgentError): Promise<void> {
    if (!this.#isClosed) this.#end(error);
    if (this.#connection === undefined) return;
    this.#connection.close();
    await this.#over.promise;
  }

  #on(event: ConnectionEvent): void {
    if (event.type === 'closed') {
      this.#connection = undefined;
      this.#over.resolve(undefined);
    }
    if (this.#isClosed) return;
    switch (event.type) {
      case 'hello':
        this.#isUp = true;
        this.#hasBeenUp = true;
        this.#upSince = this.#options.clock.monotonic();
        this.#listener.onStatus({ type: 'connected', url: this.#address.url, hello: event.hello });
        // Whoever was told may have closed it.
        if (this.isUp) this.#listener.onUp(event.hello);
        return;
      case 'frame':
        this.#listener.onFrame(event.frame);
        return;
      case 'bytes':
        this.#listener.onBytes(event.frame);
        return;
      case 'closed':
        this.#lost(event.code, event.error);
    }
  }

  #lost(code: number, error: AgentError): void {
    const now = this.#options.clock.monotonic();
    if (this.#isUp) {
      this.#isUp = false;
      this.#downSince = now;
      if (now - this.#upSince >= HEALTHY_MS) this.#attempt = 0;
      this.#listener.onStatus({ type: 'disconnected', code, error });
      this.#listener.onDown(error);
    }
    // The listener may have closed the link.
    if (this.isClosed) return;
    const policy = this.#hasBeenUp && this.#options.reconnect;
    const lost = { code, error, attempt: this.#attempt, downMs: now - this.#downSince };
    const decision = decideReconnect(policy, lost, this.#options.random);
    if (decision.type === 'stop') {
      this.#end(decision.error);
      return;
    }
    this.#attempt += 1;
    this.#delay = this.#options.clock.after(decision.delayMs, () => this.open());
    this.#listener.onStatus({ type: 'reconnecting', attempt: this.#attempt, delayMs: decision.delayMs, error });
  }

  #end(error: AgentError | undefined): void {
    this.#isClosed = true;
    this.#isUp = false;
    this.#delay?.[Symbol.dispose]();
    this.#listener.onClosed(error);
    this.#listener.onStatus({ type: 'closed', ...(error === undefined ? {} : { error }) });
  }
}
