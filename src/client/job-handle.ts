import type { JobResult } from '../protocol/result.ts';
import { Follower } from './follower.ts';
import type { InputWriter } from './input-writer.ts';
import { JobFailedError } from './job-failed-error.ts';
import type { JobItem, MessageItem, OutputItem } from './job-items.ts';
import type { Acceptance, JobSource } from './job-source.ts';
import { quiet } from './quiet.ts';
import type { Session } from './session.ts';
import { Subscription, type FollowOptions, type SubscriptionSpec } from './subscription.ts';

export interface MessagesOptions extends FollowOptions {
  /** Only messages of these levels. @default all */
  readonly levels?: readonly number[];
}

/**
 * One job, seen from here. Nothing about it is lost by letting go of the handle.
 *
 * What is asked of a job that was refused rejects with the AgentError of the refusal, what is asked after the client
 * was closed with `disconnected`.
 */
export class JobHandle {
  readonly id: string;
  readonly #session: Session;
  readonly #source: JobSource;
  #input: InputWriter | undefined;

  /** Made by a client's `run` or `job`. */
  constructor(session: Session, source: JobSource) {
    this.id = source.id;
    this.#session = session;
    this.#source = source;
  }

  /** Resolves once the agent has stored the job: from then on it will run, whatever happens. Rejects when it is refused. */
  get accepted(): Promise<Acceptance> {
    return this.#source.accepted();
  }

  /** Resolves to the job's result when it has settled, however it ended. Rejects only when there is no such job. */
  result(): Promise<JobResult> {
    return this.#source.result();
  }

  /** Resolves to the job's result when its state is SUCCESS. Errors: {@link JobFailedError} with the result; as {@link result}. */
  wait(): Promise<JobResult> {
    const checked = this.#source.result().then((result) => {
      if (result.state !== 'SUCCESS') throw new JobFailedError(result);
      return result;
    });
    return quiet(checked);
  }

  /** Iterates over the messages, gaps and events of all runs. */
  messages(options: MessagesOptions = {}): Follower<MessageItem> {
    return this.#follow<MessageItem>({ ...options, id: this.id, as: 'messages' });
  }

  /** Iterates over the bytes, gaps and events of all runs. */
  output(options: FollowOptions = {}): Follower<OutputItem> {
    return this.#follow<OutputItem>({ ...options, id: this.id, as: 'bytes' });
  }

  /**
   * Ends the job for good: TERM, its grace, KILL; or sends it one signal (`USR1`, `SIGUSR1`, 10). Resolves once that
   * is stored; the result comes later. Errors: AgentError `unknown-job`, `not-running`, `not-able`, `bad-arguments`.
   */
  kill(signal?: string | number): Promise<void> {
    const args = { id: this.id, ...(signal === undefined ? {} : { signal }) };
    return this.#tell('job.kill', args, { idempotent: signal === undefined, urgent: true });
  }

  /**
   * Writes to standard input; text as UTF-8. Resolves when the last byte was sent, so awaiting it keeps a fast writer
   * at the job's pace: at most 1 MiB is ahead. A job that is not running yet is waited for. Errors: AgentError
   * `not-running` when it is over or its input was ended, `not-able` when it takes none.
   */
  write(data: Uint8Array | string): Promise<void> {
    return this.#openInput().write(typeof data === 'string' ? Buffer.from(data) : data);
  }

  /**
   * Resolves when the job has taken what was written so far, and not before: what was only sent would be lost with the
   * connection. Errors: as {@link write}.
   */
  inputTaken(): Promise<void> {
    return this.#input?.flush() ?? Promise.resolve();
  }

  /** Ends standard input, after `data` if there is some. Resolves when the agent has it, or the job is over. */
  end(data?: Uint8Array | string): Promise<void> {
    if (data !== undefined) void this.write(data);
    return this.#openInput().end();
  }

  /** Tells the job's terminal its size; without one nothing happens. Errors: AgentError `not-running`, `not-able`. */
  resize(columns: number, rows: number): Promise<void> {
    return this.#tell('job.resize', { id: this.id, columns, rows }, { idempotent: true });
  }

  /** A call about the job, once the agent has it. */
  #tell(
    name: string,
    args: object,
    options: { readonly idempotent: boolean; readonly urgent?: boolean },
  ): Promise<void> {
    return quiet(this.#source.accepted().then(() => this.#session.tell(name, args, options)));
  }

  #follow<Item extends JobItem>(spec: SubscriptionSpec): Follower<Item> {
    const { subscriptions } = this.#session;
    const subscription = new Subscription(spec, subscriptions);
    this.#source.accepted().then(
      () => subscriptions.start(subscription),
      (error: unknown) => subscription.fail(error),
    );
    return new Follower<Item>(subscription, typeof spec.from === 'number' ? spec.from : undefined);
  }

  #openInput(): InputWriter {
    if (this.#input !== undefined) return this.#input;
    const input = this.#session.inputs.create(this.id);
    this.#input = input;
    this.#source.accepted().then(
      () => this.#session.inputs.start(input),
      (error: unknown) => input.fail(error as Error),
    );
    this.#source.result().then(
      () => input.settle(),
      (error: unknown) => input.fail(error as Error),
    );
    return input;
  }
}
