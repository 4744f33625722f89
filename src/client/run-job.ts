import { randomUUID } from 'node:crypto';
import { AgentError, isAgentError } from '../protocol/agent-error.ts';
import type { WireCommand } from '../protocol/command.ts';
import type { ResultFrame } from '../protocol/frames.ts';
import type { JobResult } from '../protocol/result.ts';
import type { Acceptance, JobSource } from './job-source.ts';
import { isPassing, TROUBLE_PAUSE_MS } from './passing-trouble.ts';
import { quiet } from './quiet.ts';
import { errorOf, resultOf } from './result-errors.ts';
import type { Session } from './session.ts';

/** A command as a caller gives it to the client: spelled as on the wire. The client takes care of `ref` and `stream`. */
export type JobCommand = Omit<WireCommand, 'ref' | 'stream'>;

export interface RunOptions {
  /** Gives up on the job: see `onAbort`. */
  readonly signal?: AbortSignal;
  /**
   * What the signal does. `kill` kills the job, if need be as soon as it is accepted, and its result tells so.
   * `detach` lets it go on; what waits for it rejects with the signal's reason. A command that was never sent is
   * withdrawn and rejects so, too. @default 'kill'
   */
  readonly onAbort?: 'kill' | 'detach';
}

/**
 * Sends a command that becomes a job. It gets an id, if it has none, so that sending it again after a lost connection
 * finds the job instead of starting a second one.
 */
export class RunningJob implements JobSource {
  readonly id: string;
  readonly #session: Session;
  readonly #command: WireCommand;
  readonly #accepted = Promise.withResolvers<Acceptance>();
  readonly #result = Promise.withResolvers<JobResult>();
  /** Aborts when nobody wants the result any more. */
  readonly #interest = new AbortController();
  #isSent = false;
  #isAccepted = false;

  constructor(session: Session, command: JobCommand, { signal, onAbort = 'kill' }: RunOptions) {
    this.id = command.id ?? randomUUID();
    this.#session = session;
    this.#command = { ...command, id: this.id };
    void quiet(this.#accepted.promise);
    void quiet(this.#result.promise);
    if (signal !== undefined) this.#heed(signal, onAbort);
    if (signal?.aborted !== true) void this.#follow();
  }

  accepted(): Promise<Acceptance> {
    return this.#accepted.promise;
  }

  result(): Promise<JobResult> {
    return this.#result.promise;
  }

  async #follow(): Promise<void> {
    try {
      const result = await this.#ask();
      // A call is answered without being accepted.
      this.#accepted.resolve({ id: this.id, attached: false });
      this.#result.resolve(result);
    } catch (error) {
      this.#accepted.reject(error);
      this.#result.reject(error);
    }
  }

  /** The result, however many connections it takes. */
  async #ask(): Promise<JobResult> {
    for (;;) {
      try {
        const frame = await this.#request();
        if (frame.refused !== true) return resultOf(frame);
        throw errorOf(frame);
      } catch (error) {
        if (!this.#mayAskAgain(error)) throw error;
        if (isPassing(error)) await this.#session.pause(TROUBLE_PAUSE_MS);
      }
    }
  }

  async #request(): Promise<ResultFrame> {
    if (this.#isAccepted) await this.#makeSureItIsKept();
    return await this.#session.request(this.#command, {
      signal: this.#interest.signal,
      onSend: () => (this.#isSent = true),
      resend: () => (this.#isAccepted ? 'never' : 'always'),
      onAccepted: ({ id, attached }) => {
        this.#isAccepted = true;
        this.#accepted.resolve({ id, attached });
      },
    });
  }

  /** A job that was accepted is the agent's promise, which an agent that can't answer just now will keep later. */
  #mayAskAgain(error: unknown): boolean {
    if (!this.#isAccepted || this.#interest.signal.aborted || this.#session.state === 'closed') return false;
    return isPassing(error) || (isAgentError(error) && error.code === 'disconnected');
  }

  /** A job that ended and was forgotten meanwhile would be started again by its command. */
  async #makeSureItIsKept(): Promise<void> {
    try {
      await this.#session.call('job.get', { id: this.id }, { idempotent: true });
    } catch (error) {
      if (!isAgentError(error) || error.code !== 'unknown-job') throw error;
      throw new AgentError('lost', `Cannot tell how job "${this.id}" ended: the agent has forgotten it`, {
        cause: error,
      });
    }
  }

  #heed(signal: AbortSignal, onAbort: 'kill' | 'detach'): void {
    const abort = (): void => {
      if (onAbort === 'kill' && this.#isSent) this.#kill();
      else this.#giveUp(signal.reason);
    };
    if (signal.aborted) {
      this.#giveUp(signal.reason);
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    const forget = (): void => signal.removeEventListener('abort', abort);
    this.#result.promise.then(forget, forget);
  }

  #giveUp(reason: unknown): void {
    this.#accepted.reject(reason);
    this.#result.reject(reason);
    this.#interest.abort(reason);
  }

  #kill(): void {
    const kill = (): Promise<unknown> =>
      this.#session.call('job.kill', { id: this.id }, { idempotent: true, urgent: true });
    void quiet(this.#accepted.promise.then(kill));
  }
}
