import { AgentError } from '../protocol/agent-error.ts';
import { openInput, type InputOpening, type OpenedInput, type OpeningPort } from './open-input.ts';
import { quiet } from './quiet.ts';

/** What a writer needs of the connection. */
export interface InputPort extends OpeningPort {
  send(handle: number, offset: number, bytes: Uint8Array): void;
  /** The writer is over. */
  remove(): void;
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly sent: PromiseWithResolvers<undefined>;
}

interface SentPiece {
  offset: number;
  readonly bytes: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** Bytes of one frame. */
const FRAME_BYTES = 64 * 1024;

/**
 * Writes a job's standard input in order, across lost connections.
 *
 *   shut ──first write, or connected──▶ opening ──handle──▶ open        any ──failed, or ended and answered──▶ over
 *    ▲                                  │                 │
 *    └────────── connection lost ───────┴─────────────────┘
 *
 * No more is sent than the agent gives credit for; a write resolves once its last byte was sent. What was sent and
 * not yet taken is kept, at most the credit, and after a reconnect what stands behind the offset the agent tells is
 * sent again. Offsets count on from there: others may write, too, and a run that began meanwhile begins at 0. An empty
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
  /** Undefined until the agent has told where the job's input is. */
  #sent: number | undefined;
  #taken = 0;
  #ended: PromiseWithResolvers<undefined> | undefined;
  #isEnding = false;
  /** The end was sent on some connection. */
  #wasEnded = false;
  /** Aborts when the present connection is lost, or the writer is over. */
  #opening = new AbortController();
  #error: Error | undefined;
  /** Those who wait until nothing is left to be taken. */
  #flushes: PromiseWithResolvers<undefined>[] = [];

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

  /** Resolves when the job has taken everything that was written so far. Errors: as {@link write}. */
  flush(): Promise<void> {
    if (this.#state === 'over' && !this.#wasEnded)
      return quiet(Promise.reject(this.#error ?? this.#notRunning('it has ended')));
    if (this.#isDrained) return Promise.resolve();
    const flushed = Promise.withResolvers<undefined>();
    this.#flushes.push(flushed);
    return quiet(flushed.promise);
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
    this.#opening.abort();
    this.#handle = undefined;
    this.#isEnding = false;
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
    this.#opening.abort();
    this.#untaken.length = 0;
    for (const flushed of this.#flushes.splice(0)) flushed.reject(error);
    for (const piece of this.#queue.splice(0)) piece.sent.reject(error);
    this.#ended?.reject(error);
    this.#port.remove();
  }

  #advance(): void {
    const hasWork = this.#queue.length > 0 || this.#untaken.length > 0 || this.#ended !== undefined;
    if (this.#state === 'shut' && this.#isUp && hasWork) this.#open();
    if (this.#state !== 'open' || this.#handle === undefined) return;
    this.#sendQueued(this.#handle);
    if (this.#isDrained) for (const flushed of this.#flushes.splice(0)) flushed.resolve(undefined);
    if (this.#ended === undefined || this.#isEnding || this.#queue.length > 0 || this.#untaken.length > 0) return;
    this.#isEnding = true;
    this.#wasEnded = true;
    this.#port.send(this.#handle, this.#sent ?? 0, NOTHING);
  }

  get #isDrained(): boolean {
    return this.#queue.length === 0 && this.#untaken.length === 0;
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
    this.#opening = new AbortController();
    const { signal } = this.#opening;
    openInput(this.#id, this.#port, signal).then(
      (opening) => {
        if (!signal.aborted) this.#opened(opening);
      },
      (error: unknown) => {
        if (!signal.aborted) this.fail(error as Error);
      },
    );
  }

  #opened(opening: InputOpening): void {
    switch (opening.type) {
      case 'open':
        this.#goOn(opening);
        return;
      case 'closed':
        if (this.#wasEnded) this.#finish();
        else this.fail(this.#notRunning('it takes no more input'));
        return;
      case 'settled':
        this.settle();
    }
  }

  #goOn({ handle, offset, credit }: OpenedInput): void {
    this.#state = 'open';
    this.#handle = handle;
    this.#credit = credit;
    this.#sent ??= this.#taken = offset;
    this.#forgetTaken(offset);
    this.#countFrom(offset);
    for (const piece of this.#untaken) this.#port.send(handle, piece.offset, piece.bytes);
    this.#advance();
  }

  /** What is not taken begins at the offset the agent has told, whatever it was before. */
  #countFrom(offset: number): void {
    const [first] = this.#untaken;
    if (first !== undefined && first.offset < this.#taken) {
      this.#untaken[0] = { offset, bytes: first.bytes.subarray(this.#taken - first.offset) };
    }
    this.#taken = this.#sent = offset;
    for (const piece of this.#untaken) {
      piece.offset = this.#sent;
      this.#sent = endOf(piece);
    }
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

  #notRunning(why: string): AgentError {
    return new AgentError('not-running', `Cannot write to job "${this.#id}": ${why}`);
  }
}

function endOf(piece: SentPiece | undefined): number {
  return piece === undefined ? Infinity : piece.offset + piece.bytes.length;
}
