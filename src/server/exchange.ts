import type { LogReader } from '../engine/log-access.ts';
import type { ResourceReader } from '../engine/resource-access.ts';
import type { SessionAccess } from '../engine/session-access.ts';
import type { AcceptedJob, Caller } from '../engine/submission.ts';
import type { JobView } from '../engine/job-view.ts';
import type { ReadingOptions } from '../engine/streams/reading.ts';
import { isAgentError } from '../protocol/agent-error.ts';
import type { Command } from '../protocol/command.ts';
import type { JobResult } from '../protocol/result.ts';
import type { Ref } from './incoming-frame.ts';
import type { Outbox } from './outbox.ts';
import { acceptedText, resultText } from './replies.ts';
import type { Subscription } from './subscription.ts';
import type { AnySubscription, SubscriptionTable } from './subscription-table.ts';

/** What a connection lends to the commands that came on it. */
export interface ExchangeHost {
  readonly name: string;
  readonly outbox: Outbox;
  readonly subscriptions: SubscriptionTable;
  newHandle(): number;
  openStdin(jobId: string, offset: number): { readonly handle: number };
  /** A command got its first answer. */
  onAnswered(isKill: boolean): void;
  /** A command got its result; nothing more will be sent for it. */
  onDone(exchange: Exchange): void;
}

/**
 * One command from its frame to its result, on one connection. When the connection goes it lets go of
 * everything, so that a job that runs on for days keeps no trace of who asked.
 */
export class Exchange implements Caller, SessionAccess {
  readonly name: string;
  readonly onCallMessage?: NonNullable<Caller['onCallMessage']>;
  readonly #ref: Ref | undefined;
  readonly #isKill: boolean;
  #host: ExchangeHost | undefined;
  #isAnswered = false;
  #held: AnySubscription[] | undefined;
  #cancel: ((reason: string) => void) | undefined;

  constructor(host: ExchangeHost, command: Command, ref: Ref | undefined, isKill: boolean) {
    this.name = host.name;
    this.#host = host;
    this.#ref = ref;
    this.#isKill = isKill;
    if (command.stream) {
      const { id } = command;
      this.onCallMessage = (message) => {
        this.#host?.outbox.control(JSON.stringify({ type: 'messages', id, run: 1, messages: [message] }));
      };
    }
  }

  get session(): SessionAccess {
    return this;
  }

  get connection(): object {
    return this.#requireHost();
  }

  /** Remembers how to cancel a call when the connection goes. */
  set cancel(cancel: (reason: string) => void) {
    this.#cancel = cancel;
  }

  /** Sends the result, and lets the subscriptions begin that the command made. */
  finish(result: JobResult): void {
    const host = this.#host;
    if (host === undefined) return;
    host.outbox.control(resultText(result, this.#ref));
    this.#answer(host);
    this.#release(host, result.state === 'SUCCESS');
    this.#host = undefined;
    this.#cancel = undefined;
    host.onDone(this);
  }

  /** Tells that a job was accepted, streams it if asked, and ends with its result. */
  accept({ job, attached }: AcceptedJob, command: Command): void {
    const host = this.#host;
    if (host === undefined) return;
    const stream = command.stream ? openStream(host, job, command) : undefined;
    host.outbox.control(acceptedText(job.id, attached, this.#ref, stream?.owner.handle));
    this.#answer(host);
    if (stream === undefined) this.#finishWith(job);
    else void host.subscriptions.run(stream).then(() => this.#finishWith(job));
  }

  /** What waits for a job’s result, perhaps for days, holds this exchange and nothing of its connection. */
  #finishWith(job: JobView): void {
    job.result.then(
      (result) => this.finish(result),
      () => this.#giveUp(),
    );
  }

  /** The agent is going down before the job’s result is known. */
  #giveUp(): void {
    const host = this.#host;
    this.abandon();
    host?.onDone(this);
  }

  /** The connection is gone: a call is cancelled, a job goes on. */
  abandon(): void {
    this.#host = undefined;
    this.#held = undefined;
    this.#cancel?.('The connection is gone');
    this.#cancel = undefined;
  }

  subscribe(job: JobView, options: ReadingOptions): { readonly handle: number; readonly position: number } {
    const host = this.#requireHost();
    const handle = host.newHandle();
    const subscription = host.subscriptions.open(job, options, handle);
    this.#begin(host, subscription);
    return { handle, position: subscription.position };
  }

  followLog(follow: () => LogReader): { readonly handle: number } {
    const host = this.#requireHost();
    const handle = host.newHandle();
    this.#begin(host, host.subscriptions.openLog(follow, handle));
    return { handle };
  }

  watchResources(reader: ResourceReader): { readonly handle: number } {
    const host = this.#requireHost();
    const handle = host.newHandle();
    this.#begin(host, host.subscriptions.openWatch(reader, handle));
    return { handle };
  }

  unsubscribe(handle: number): boolean {
    return this.#host?.subscriptions.close(handle) ?? false;
  }

  openStdin(jobId: string, offset: number): { readonly handle: number } {
    return this.#requireHost().openStdin(jobId, offset);
  }

  /** Nothing is sent before the answer that tells the handle. */
  #begin(host: ExchangeHost, subscription: AnySubscription): void {
    if (this.#isAnswered) void host.subscriptions.run(subscription);
    else (this.#held ??= []).push(subscription);
  }

  #answer(host: ExchangeHost): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    host.onAnswered(this.#isKill);
  }

  /** Nobody knows the handles of a command that failed. */
  #release(host: ExchangeHost, isWanted: boolean): void {
    for (const subscription of this.#held ?? []) {
      if (isWanted) void host.subscriptions.run(subscription);
      else host.subscriptions.discard(subscription);
    }
    this.#held = undefined;
  }

  #requireHost(): ExchangeHost {
    if (this.#host === undefined) throw new Error('Cannot use the connection: it is gone, or the command has ended');
    return this.#host;
  }
}

/** A job’s own stream: messages without a handle, or for a raw job its bytes with one. */
function openStream(host: ExchangeHost, job: JobView, command: Command): Subscription | undefined {
  const handle = command.raw ? host.newHandle() : undefined;
  const options: ReadingOptions = {
    from: 'start',
    as: command.raw ? 'bytes' : 'messages',
    ...(command.logLevels === undefined || command.raw ? {} : { levels: command.logLevels }),
  };
  try {
    return host.subscriptions.open(job, options, handle);
  } catch (error) {
    // More subscriptions than allowed: the job runs and its result comes, unstreamed.
    if (isAgentError(error)) return undefined;
    throw error;
  }
}
