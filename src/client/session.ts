import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { parseTrustedJson } from '../base/json.ts';
import type { BinaryFrame } from '../channel/binary-frame.ts';
import { AgentError } from '../protocol/agent-error.ts';
import type { WireCommand } from '../protocol/command.ts';
import type {
  ErrorFrame,
  HelloFrame,
  LogFrame,
  Message,
  ResourcesFrame,
  ResultFrame,
  ServerFrame,
} from '../protocol/frames.ts';
import type { AgentAddress } from './address.ts';
import type { ClientStatus } from './client-status.ts';
import { Feeds } from './feeds.ts';
import { Inputs } from './inputs.ts';
import { JobWaits } from './job-waits.ts';
import { Link, type LinkListener, type LinkOptions } from './link.ts';
import { type RequestOptions, type Resend, Requests } from './requests.ts';
import { pause } from './pause.ts';
import { quiet } from './quiet.ts';
import { errorOf } from './result-errors.ts';
import type { LogFollower } from './log-follower.ts';
import type { ResourceWatch } from './resource-watch.ts';
import { Subscriptions } from './subscriptions.ts';

export interface SessionOptions extends LinkOptions {
  readonly onStatus: ((status: ClientStatus) => void) | undefined;
}

/** How to make a call. */
export interface CallOptions {
  /** Doing it twice does no harm: after a lost connection it is sent again instead of failing. @default false */
  readonly idempotent?: boolean;
  /** Stops waiting, with the signal's reason. The agent may carry it out all the same. */
  readonly signal?: AbortSignal;
  /** Takes the messages a call says while it runs. What it throws is ignored. */
  readonly onMessage?: (message: Message) => void;
  /** Seconds until the agent stops it, as `max_time` of its command. */
  readonly maxTime?: number;
}

interface CallSettings extends CallOptions {
  readonly urgent?: boolean;
}

interface SendCall extends Omit<CallOptions, 'idempotent'> {
  readonly resend: Resend;
  readonly urgent?: boolean;
}

/** One client's conversation with an agent: the connection and everything that hangs on it. */
export class Session implements LinkListener {
  readonly requests: Requests;
  readonly subscriptions: Subscriptions;
  readonly inputs: Inputs;
  readonly logs: Feeds<LogFrame, LogFollower>;
  readonly watches: Feeds<ResourcesFrame, ResourceWatch>;
  readonly waits: JobWaits;
  readonly #clock: Clock;
  readonly #link: Link;
  readonly #onStatus: ((status: ClientStatus) => void) | undefined;
  readonly #url: string;
  readonly #messageTakers = new Map<string, (message: Message) => void>();
  readonly #opened = Promise.withResolvers<HelloFrame>();
  readonly #closed = Promise.withResolvers<AgentError | undefined>();
  /** Aborts, with the reason, when it is over for good. */
  readonly #ending = new AbortController();
  #closeError: AgentError | undefined;
  #hello: HelloFrame | undefined;

  constructor(address: AgentAddress, options: SessionOptions) {
    this.#url = address.url;
    this.#clock = options.clock;
    this.#onStatus = options.onStatus;
    this.#link = new Link(address, options, this);
    const callOnce = (name: string, args: object): Promise<unknown> => this.#call(name, args, { resend: 'never' });
    const reject = (why: string): void => this.#link.reject(why);
    this.requests = new Requests((text) => this.#link.send(text));
    this.subscriptions = new Subscriptions({
      callOnce,
      reject,
      clock: options.clock,
      onTrouble: (error) => this.onStatus({ type: 'trouble', error }),
    });
    this.inputs = new Inputs({
      callOnce,
      clock: options.clock,
      send: (handle, offset, bytes) => this.#link.sendInput(handle, offset, bytes),
    });
    this.logs = new Feeds(callOnce, 'logger');
    this.watches = new Feeds(callOnce, 'state');
    this.waits = new JobWaits({
      call: (name, args) => this.call(name, args, { idempotent: true }),
      pause: (ms) => this.pause(ms),
    });
    void quiet(this.#opened.promise);
  }

  get url(): string {
    return this.#url;
  }

  /** What the agent said of itself when the connection was last made. */
  get hello(): HelloFrame | undefined {
    return this.#hello;
  }

  get state(): 'connected' | 'reconnecting' | 'closed' {
    if (this.#closeError !== undefined) return 'closed';
    return this.#link.isUp ? 'connected' : 'reconnecting';
  }

  /** Resolves when it is over for good, to the reason unless it was asked for. */
  get closed(): Promise<AgentError | undefined> {
    return this.#closed.promise;
  }

  /** Connects. Rejects when the first try fails. */
  async open(): Promise<HelloFrame> {
    this.#link.open();
    return await this.#opened.promise;
  }

  async close(error?: AgentError): Promise<void> {
    await this.#link.close(error);
  }

  /** Calls a built-in and resolves to its answer. */
  call(name: string, args: unknown, { idempotent, ...options }: CallSettings = {}): Promise<unknown> {
    return quiet(this.#call(name, args, { ...options, resend: idempotent === true ? 'always' : 'unsent' }));
  }

  /** Calls a built-in whose answer says nothing. */
  tell(name: string, args: unknown, options: CallSettings = {}): Promise<void> {
    return quiet(this.call(name, args, options).then(() => undefined));
  }

  /** Resolves after `ms`; rejects when the session is closed before. */
  async pause(ms: number): Promise<void> {
    await pause(this.#clock, ms, this.#ending.signal);
  }

  /** Sends a command that becomes a job. */
  request(command: WireCommand, options: RequestOptions): Promise<ResultFrame> {
    return this.requests.request(command, options);
  }

  async #call(name: string, args: unknown, { onMessage, maxTime, ...options }: SendCall): Promise<unknown> {
    const id = onMessage === undefined ? undefined : randomUUID();
    if (id !== undefined && onMessage !== undefined) this.#messageTakers.set(id, onMessage);
    try {
      const command = {
        command: name,
        ...(args === undefined ? {} : { arguments: args }),
        ...(id === undefined ? {} : { id, stream: true }),
        ...(maxTime === undefined ? {} : { max_time: maxTime }),
      };
      return readData(await this.requests.request(command, options));
    } finally {
      if (id !== undefined) this.#messageTakers.delete(id);
    }
  }

  onUp(hello: HelloFrame): void {
    this.#hello = hello;
    this.#opened.resolve(hello);
    this.requests.onUp(hello);
    this.subscriptions.onUp();
    this.inputs.onUp();
    this.logs.onUp();
    this.watches.onUp();
  }

  onDown(error: AgentError): void {
    this.requests.onDown(error);
    this.subscriptions.onDown();
    this.inputs.onDown();
    this.logs.onDown();
    this.watches.onDown();
  }

  onClosed(error: AgentError | undefined): void {
    const reason = error ?? new AgentError('disconnected', `The client of "${this.#url}" was closed`);
    this.#closeError = reason;
    this.#ending.abort(reason);
    this.#opened.reject(reason);
    this.requests.onClosed(reason);
    this.subscriptions.onClosed(reason);
    this.inputs.onClosed(reason);
    this.logs.onClosed(reason);
    this.watches.onClosed(reason);
    this.#closed.resolve(error);
  }

  onStatus(status: ClientStatus): void {
    try {
      this.#onStatus?.(status);
    } catch {
      // An observer can't break what it observes.
    }
  }

  onBytes(frame: BinaryFrame): void {
    this.subscriptions.onFrame(frame);
  }

  onFrame(frame: ServerFrame): void {
    switch (frame.type) {
      case 'accepted':
      case 'result':
      case 'error':
        this.#onAnswer(frame);
        return;
      case 'messages':
        if (frame.handle === undefined) this.#onCallMessages(frame.id, frame.messages);
        else this.subscriptions.onFrame(frame);
        return;
      case 'event':
        if (frame.event !== 'stdin' || !this.inputs.onTaken(frame.handle, frame.offset))
          this.subscriptions.onFrame(frame);
        return;
      case 'log':
        this.logs.onFrame(frame);
        return;
      case 'resources':
        this.watches.onFrame(frame);
        return;
      case 'gap':
      case 'stats':
      case 'end':
        this.subscriptions.onFrame(frame);
        return;
      case 'hello':
    }
  }

  #onAnswer(frame: Extract<ServerFrame, { type: 'accepted' | 'result' | 'error' }>): void {
    if (this.requests.onFrame(frame)) this.#link.praise();
    else if (frame.type === 'error') this.#onError(frame);
  }

  #onError(frame: ErrorFrame): void {
    const error = AgentError.fromJSON(frame);
    const { handle } = frame;
    const takers = [this.inputs, this.subscriptions, this.logs, this.watches];
    const isTaken = takers.some((taker) => taker.onRefused(handle, error));
    // What was sent under a handle before its end was known is nobody's trouble.
    if (!isTaken && frame.code !== 'unknown-handle') this.onStatus({ type: 'trouble', error });
  }

  #onCallMessages(id: string, messages: readonly Message[]): void {
    const take = this.#messageTakers.get(id);
    if (take === undefined) return;
    for (const message of messages) {
      try {
        take(message);
      } catch {
        // A taker can't break the call.
      }
    }
  }
}

/** A call's answer. Errors: the AgentError its result stands for. */
function readData(result: ResultFrame): unknown {
  if (result.state !== 'SUCCESS') throw errorOf(result);
  if (result.data === '') return undefined;
  try {
    return parseTrustedJson(result.data);
  } catch (cause) {
    throw new AgentError('internal', `Cannot read the answer of "${result.command}": it is no JSON`, { cause });
  }
}
