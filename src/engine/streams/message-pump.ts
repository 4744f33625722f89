import { nextTurn } from '../../base/next-turn.ts';
import type { JobOutput, JobSlice } from './job-output.ts';
import { MessageParser } from './message-parser.ts';
import type { ParsedMessage, ParserSnapshot } from './message-parser.ts';

export interface MessagePumpOptions {
  /** Position of the run's first byte. */
  readonly start: number;
  /** Nothing is parsed. */
  readonly raw: boolean;
  /** Called with one message or more, in order. */
  readonly onMessages: (messages: ParsedMessage[]) => void;
  /** Where an earlier pump of this run stood: its messages don't come again. */
  readonly from?: PumpSnapshot;
}

/** Where a pump stands. JSON. */
export interface PumpSnapshot {
  readonly parser: ParserSnapshot;
  /** Of the last message given. */
  readonly delivered: number;
  /** Whether the numbers are what they would be from the job's start. */
  readonly exact: boolean;
}

/** Bytes parsed before others have their turn, and messages given at a time. */
const SLICE_BYTES = 256 * 1024;
const BATCH_MESSAGES = 4096;

/** How far a message's number can be ahead of its last byte's position: one for each other stream. */
const MOST_AHEAD = 2;

/**
 * Parses what one live run says as it grows, once, for the agent itself: result, hooks, handlers. Takes the place of
 * the pump before it on the same output, and costs nothing while the run is silent.
 */
export class MessagePump {
  readonly #output: JobOutput;
  readonly #onMessages: (messages: ParsedMessage[]) => void;
  readonly #parser: MessageParser;
  readonly #raw: boolean;
  readonly #follower = (): void => {
    if (!this.#isWorking) void this.#work();
  };
  #delivered: number;
  /** Whether the numbers are what they would be from the job's start. */
  #isExact: boolean;
  #lastSeq: number;
  #sinceTurn = 0;
  #isWorking = false;
  #finish: { readonly end: number; readonly done: PromiseWithResolvers<void> } | undefined;
  #trouble: { readonly error: unknown } | undefined;

  constructor(output: JobOutput, options: MessagePumpOptions) {
    const { start, from } = options;
    this.#output = output;
    this.#raw = options.raw;
    this.#onMessages = options.onMessages;
    this.#delivered = from?.delivered ?? -1;
    const place = from?.parser ?? placeAt(output, start);
    this.#isExact = from?.exact ?? place !== undefined;
    this.#lastSeq = from?.delivered ?? start - 1;
    this.#parser = MessageParser.restore(place ?? { position: start, lastSeq: start - 1, run: 1 });
    if (this.#isExact) output.notePlace(this.#parser);
    if (!this.#raw) output.follow(this.#follower);
  }

  /** Where another agent may go on; at or before the present place. */
  snapshot(): PumpSnapshot {
    const delivered = Math.max(this.#delivered, this.#parser.lastSeq);
    return { parser: this.#parser.snapshot(), delivered, exact: this.#isExact };
  }

  /**
   * The run is over and its output ends at `end`. Resolves when every message was given, what was left open
   * included. Rejects when some of it could not be read, or `onMessages` threw; all else was given.
   */
  finish(end: number): Promise<void> {
    if (this.#raw) return Promise.resolve();
    this.#finish ??= { end, done: Promise.withResolvers() };
    this.#output.grew(end);
    this.#follower();
    return this.#finish.done.promise;
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    try {
      while (this.#parser.position < (this.#finish?.end ?? this.#output.end)) {
        const before = this.#parser.position;
        if (!(await this.#readOn())) return;
        if (this.#isExact) this.#output.notePlace(this.#parser);
        await this.#takeTurn(this.#parser.position - before);
      }
    } finally {
      this.#isWorking = false;
    }
    if (this.#finish !== undefined) this.#conclude(this.#finish.done);
  }

  /** Reads and parses the next slice. False when that has to wait for a change. Never rejects. */
  async #readOn(): Promise<boolean> {
    const { version } = this.#output;
    const finish = this.#finish;
    const { position } = this.#parser;
    try {
      const slice = await this.#output.read(position, SLICE_BYTES);
      this.#take(slice);
      slice.release?.();
      if (this.#parser.position > position) return true;
      if (finish !== undefined && slice.runEnded) this.#miss(finish.end);
    } catch (error) {
      // It is tried again when there is more, and when the run is over.
      if (finish !== undefined) {
        this.#trouble ??= { error };
        this.#miss(finish.end);
      }
    }
    return this.#output.version !== version || this.#finish !== finish || this.#parser.position > position;
  }

  async #takeTurn(bytes: number): Promise<void> {
    this.#sinceTurn += bytes;
    if (this.#sinceTurn < SLICE_BYTES) return;
    this.#sinceTurn = 0;
    await nextTurn();
  }

  #take(slice: JobSlice): void {
    let messages: ParsedMessage[] = [];
    for (const item of slice.items) {
      this.#parser.push(item, messages);
      if (messages.length < BATCH_MESSAGES) continue;
      this.#give(messages);
      messages = [];
    }
    this.#give(messages);
  }

  /** What the run said up to `end` is lost. */
  #miss(end: number): void {
    const messages: ParsedMessage[] = [];
    this.#parser.push({ type: 'gap', from: this.#parser.position, to: end }, messages);
    this.#give(messages);
  }

  #conclude(done: PromiseWithResolvers<void>): void {
    const messages: ParsedMessage[] = [];
    this.#parser.end(messages);
    this.#give(messages);
    this.#output.follow(undefined);
    if (this.#isExact) this.#output.noteEndOfRun(this.#parser);
    if (this.#trouble === undefined) done.resolve();
    else done.reject(this.#trouble.error);
  }

  #give(parsed: ParsedMessage[]): void {
    if (!this.#isExact) this.#checkExact(parsed);
    const messages = this.#delivered === -1 ? parsed : parsed.filter(({ seq }) => seq > this.#delivered);
    if (messages.length === 0) return;
    try {
      this.#onMessages(messages);
    } catch (error) {
      this.#trouble ??= { error };
    }
  }

  /** A number farther from the one before than numbers can be ahead of positions is right, and so are all after it. */
  #checkExact(parsed: readonly ParsedMessage[]): void {
    let before = this.#lastSeq;
    for (const { seq } of parsed) {
      if (seq > before + MOST_AHEAD + 1) this.#isExact = true;
      before = seq;
    }
    this.#lastSeq = before;
  }
}

/** The place where the run before was parsed to its end, when it is known. */
function placeAt(output: JobOutput, start: number): ParserSnapshot | undefined {
  if (start === 0) return { position: 0, lastSeq: -1, run: 1 };
  const place = output.placeBefore(start + MOST_AHEAD + 1);
  return place?.position === start ? place : undefined;
}
