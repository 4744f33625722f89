import type { Clock } from '../base/clock.ts';
import { AgentError, isAgentError } from '../protocol/agent-error.ts';
import type { ErrorName } from '../protocol/error-codes.ts';
import { quiet } from './quiet.ts';

/** What a writer needs of the connection. Calls reject as `disconnected` when the present connection is lost. */
export interface InputPort {
  callOnce(name: string, args: object): Promise<unknown>;
  send(handle: number, offset: number, bytes: Uint8Array): void;
  readonly clock: Clock;
  /** The writer is over. */
  remove(): void;
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly sent: PromiseWithResolvers<undefined>;
}

interface SentPiece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** The agent's answer: where frames go to, how much the job has, and how much may be ahead of that. */
interface Opened {
  readonly handle: number;
  readonly offset: number;
  readonly credit: number;
}

const NOTHING = new Uint8Array(0);

/** The job doesn't run yet, or this connection writes to many jobs: both pass. */
const RETRIED: readonly ErrorName[] = ['not-running', 'too-many'];

/** Bytes of one frame. */
const FRAME_BYTES = 64 * 1024;

/** Such a job is asked again after 50 ms, then each time twice as late, up to 1 s. */
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1000;

/**
 * Writes a job's standard input in order, across lost connections.
 *
 *   shut ──first write, or connected──▶ opening ──handle──▶ open        any ──failed, or ended and answered──▶ over
 *    ▲ ▲          job not running yet: again later │         │
 *    └─┴──────────────── connection lost ──────────┴─────────┘
 *
 * No more is sent than the agent gives credit for; a write resolves once its last byte was sent. What was sent and
 * not yet taken is kept, at most the credit, and sent again from where the agent says after a reconnect. An empty
 * frame ends the input. It is sent when all bytes were taken: what is acknowledged after it can only be the end.
 */
export class InputWriter {
  readonly #id: string;
  readonly #port: InputPort;
  readonly #queue: Piece[] = [];
  readonly #untaken: SentPiece[] = [];
  #state: 'shut' | 'opening' | 'open' | 'over' = 'shut';
  #isUp = false;
  #handle: number | undefined;
  #credit = 0;
  /** Offsets count from the beginning of the run's input. Undefined until the agent has told its own. */
  #sent: number | undefined;
  #taken = 0;
  #ended: PromiseWithResolvers<undefined> | undefined;
  #isEnding = false;
  #retryMs = FIRST_RETRY_MS;
  #retry: Disposable | undefined;
  #error: Error | undefined;
  #generation = 0;

  constructor(id: string, port: InputPort) {
    this.#id = id;
    this.#port = port;
  }

  /** Under which acknowledgements come on the present connection. */
  get handle(): number | undefined {
    return this.#handle;
  }

  /** Whether nothing can be written any more. */
  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** Bytes that were sent and not yet taken. */
  get untaken(): number {
    return (this.#sent ?? 0) - this.#taken;
  }

  /**
   * Resolves when all bytes are sent; they must not be changed until then. Errors: AgentError `not-running` after
   * {@link end} or when the job is over, `not-able` when it takes no input, `disconnected`.
   */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#state === 'over') return quiet(Promise.reject(this.#error ?? this.#notRunning('it has ended')));
    if (this.#ended !== undefined) return quiet(Promise.reject(this.#notRunning('its input was ended')));
    const sent = Promise.withResolvers<undefined>();
    this.#queue.push({ bytes, sent });
    this.#advance();
    return quiet(sent.promise);
  }

  /** Ends the input after everything that was written. Resolves when the agent has it. Idempotent. */
  end(): Promise<void> {
    if (this.#ended !== undefined) return this.#ended.promise;
    this.#ended = Promise.withResolvers<undefined>();
    void quiet(this.#ended.promise);
    if (this.#state === 'over') this.#ended.reject(this.#error);
    else this.#advance();
    return this.#ended.promise;
  }

  onUp(): void {
    this.#isUp = true;
    this.#advance();
  }

  onDown(): void {
    this.#isUp = false;
    this.#generation += 1;
    this.#handle = undefined;
    this.#isEnding = false;
    this.#retry?.[Symbol.dispose]();
    if (this.#state !== 'over') this.#state = 'shut';
  }

  /** The agent took everything before `offset`, and the end if that was sent. */
  onTaken(offset: number): void {
    if (this.#isEnding && offset >= this.#taken) this.#finish();
    this.#forgetTaken(offset);
    this.#advance();
  }

  /** The agent can't take what was sent under this handle. */
  onRefused(error: AgentError): void {
    if (error.code === 'not-running') this.settle();
    else this.fail(error);
  }

  /** The job is over: nothing more can be written, and an end needs no doing. */
  settle(): void {
    if (this.#state === 'over') return;
    this.#ended ??= Promise.withResolvers<undefined>();
    this.#ended.resolve(undefined);
    // Lets the agent forget the handle.
    if (this.#handle !== undefined && !this.#isEnding) this.#port.send(this.#handle, this.#sent ?? 0, NOTHING);
    this.fail(this.#notRunning('it has ended'));
  }

  /** Rejects everything that waits, and what comes later. */
  fail(error: Error): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#error = error;
    this.#retry?.[Symbol.dispose]();
    this.#untaken.length = 0;
    for (const piece of this.#queue.splice(0)) piece.sent.reject(error);
    this.#ended?.reject(error);
    this.#port.remove();
  }

  #advance(): void {
    const hasWork = this.#queue.length > 0 || this.#untaken.length > 0 || this.#ended !== undefined;
    if (this.#state === 'shut' && this.#isUp && hasWork) this.#open();
    if (this.#state !== 'open' || this.#handle === undefined) return;
    this.#sendQueued(this.#handle);
    if (this.#ended === undefined || this.#isEnding || this.#queue.length > 0 || this.#untaken.length > 0) return;
    this.#isEnding = true;
    this.#port.send(this.#handle, this.#sent ?? 0, NOTHING);
  }

  #finish(): void {
    this.#ended?.resolve(undefined);
    this.fail(this.#notRunning('its input was ended'));
  }

  #forgetTaken(offset: number): void {
    this.#taken = Math.min(Math.max(offset, this.#taken), this.#sent ?? offset);
    while (this.#untaken.length > 0 && endOf(this.#untaken[0]) <= this.#taken) this.#untaken.shift();
  }

  #open(): void {
    this.#state = 'opening';
    const generation = this.#generation;
    this.#port.callOnce('job.stdin', { id: this.#id }).then(
      (answer) => {
        if (generation === this.#generation && this.#state === 'opening') this.#opened(answer as Opened);
      },
      (error: unknown) => {
        if (generation !== this.#generation || this.#state !== 'opening') return;
        if (isAgentError(error) && RETRIED.includes(error.code)) this.#askLater();
        else this.fail(error as Error);
      },
    );
  }

  #opened({ handle, offset, credit }: Opened): void {
    this.#state = 'open';
    this.#handle = handle;
    this.#credit = credit;
    this.#retryMs = FIRST_RETRY_MS;
    this.#sent ??= this.#taken = offset;
    this.#forgetTaken(offset);
    for (const piece of this.#untaken) this.#port.send(handle, piece.offset, piece.bytes);
    this.#advance();
  }

  #sendQueued(handle: number): void {
    for (let piece = this.#queue[0]; piece !== undefined; piece = this.#queue[0]) {
      let rest = piece.bytes;
      while (rest.length > 0 && this.untaken < this.#credit) {
        const size = Math.min(rest.length, FRAME_BYTES, this.#credit - this.untaken);
        // A copy: the writer may use its buffer again before the agent has taken this.
        const sent = { offset: this.#sent ?? 0, bytes: new Uint8Array(rest.subarray(0, size)) };
        this.#untaken.push(sent);
        this.#sent = endOf(sent);
        this.#port.send(handle, sent.offset, sent.bytes);
        rest = rest.subarray(size);
      }
      if (rest.length > 0) {
        this.#queue[0] = { bytes: rest, sent: piece.sent };
        return;
      }
      this.#queue.shift();
      piece.sent.resolve(undefined);
    }
  }

  #askLater(): void {
    this.#state = 'shut';
    const generation = this.#generation;
    this.#retry = this.#port.clock.after(this.#retryMs, () => {
      if (generation === this.#generation) this.#advance();
    });
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #notRunning(why: string): AgentError {
    return new AgentError('not-running', `Cannot write to job "${this.#id}": ${why}`);
  }
}

function endOf(piece: SentPiece | undefined): number {
  return piece === undefined ? Infinity : piece.offset + piece.bytes.length;
}
