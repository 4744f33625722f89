import { nextTurn } from '../../base/next-turn.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import type { OutputBytes, OutputItem } from '../../protocol/output.ts';
import type { JobOutput, JobSlice } from './job-output.ts';
import { MessageParser } from './message-parser.ts';
import type { ParsedMessage } from './message-parser.ts';
import { ReadingBatch, ReadingFilter } from './reading-batch.ts';
import type { JobReader, ReadingItem, ReadingOptions } from './reading.ts';
import { lowestTailStart, tailStart } from './tail-start.ts';

/** Bytes parsed at a time, and messages after which an answer is long enough. */
const PIECE_BYTES = 64 * 1024;
const BATCH_MESSAGES = 16_384;

/** Bytes read before others have their turn. */
const TURN_BYTES = 256 * 1024;

/**
 * Follows one job's output with a parser and a pace of its own.
 *
 * Resuming from {@link position}, or from the `seq` of any message plus one, loses nothing and gives no message and,
 * read as bytes, no byte twice. Read as both, the position is the lower of the two: while a line is open, its last
 * byte, so that the line comes whole when the run ends there; bytes from that position on then come again.
 *
 * Events stand where they happened: after all output before their position, an `exited` also after what its run left
 * open. From a position, events at that position may come again.
 */
export class OutputReader implements JobReader {
  readonly #output: JobOutput;
  readonly #filter: ReadingFilter;
  readonly #tail: number;
  #parser: MessageParser | undefined;
  /** The next byte to read. */
  #at = 0;
  /** Bytes and gaps before this position are not for this reader. */
  #from = 0;
  /** Nor are messages before this number. Unknown until the parser is there, for one that wants what is said from now on. */
  #fromSeq: number | undefined;
  /** Number of the next event, and of the last statistics. */
  #event: number;
  #stats: number;
  #isReady = false;
  #isClosed = false;
  #isOver = false;
  #sinceTurn = 0;
  /** Ends the wait that is under way. */
  #wake: (() => void) | undefined;

  /** Errors: AgentError `bad-arguments` when messages of a raw job are asked for. */
  constructor(output: JobOutput, options: ReadingOptions) {
    this.#output = output;
    this.#filter = new ReadingFilter(options);
    if (output.raw && this.#filter.messages) {
      throw new AgentError('bad-arguments', 'Cannot read messages: the job is raw, it has bytes only');
    }
    this.#tail = options.from === 'now' ? (options.tail ?? 0) : 0;
    this.#event =
      options.from === 'now' ? output.events.next : output.events.firstAt(options.from === 'start' ? 0 : options.from);
    this.#stats = output.stats?.number ?? 0;
    if (options.from === 'now') this.#beginNow();
    else this.#beginAt(options.from === 'start' ? 0 : options.from);
  }

  get position(): number {
    if (!this.#isReady) return lowestTailStart(this.#from);
    const at = Math.max(this.#at, this.#from);
    if (this.#parser === undefined) return at;
    const seq = Math.max(this.#parser.nextSeq, this.#fromSeq ?? this.#from);
    if (!this.#filter.bytes) return seq;
    return this.#isOver ? Math.max(at, seq) : Math.min(at, seq);
  }

  async next(maxBytes: number, signal: AbortSignal): Promise<readonly ReadingItem[] | undefined> {
    signal.throwIfAborted();
    if (!this.#isReady) await this.#prepare(signal);
    while (this.#goesOn()) {
      const { version } = this.#output;
      const batch = new ReadingBatch(this.#filter);
      this.#takeStats(batch);
      this.#takeEvents(batch);
      // What was taken is given before anything can fail.
      if (!batch.isEmpty()) return batch.items;
      const before = this.#at;
      if (before < this.#output.end) {
        await this.#takeTurn(signal);
        const slice = await this.#output.read(before, maxBytes, signal);
        this.#take(slice, batch);
        batch.lend(slice.release);
        this.#takeEvents(batch);
        this.#sinceTurn += this.#at - before;
      }
      if (this.#hasAll()) this.#end(batch);
      if (!batch.isEmpty()) return batch.items;
      if (this.#at === before && this.#goesOn()) await this.#change(version, signal);
    }
    return undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  #goesOn(): boolean {
    return !this.#isClosed && !this.#isOver;
  }

  #hasAll(): boolean {
    return this.#output.settled && this.#at >= this.#output.end && this.#output.events.from(this.#event) === undefined;
  }

  /** Waits until the output changed since `version`, or this is closed. */
  async #change(version: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => {
      resolve();
    };
    this.#wake = wake;
    signal.addEventListener('abort', wake);
    const stopWaiting = this.#output.onChange(version, wake);
    await promise;
    stopWaiting();
    signal.removeEventListener('abort', wake);
    signal.throwIfAborted();
  }

  #beginAt(from: number): void {
    this.#from = from;
    this.#fromSeq = from;
    this.#at = from;
    this.#isReady = true;
    if (!this.#filter.messages) return;
    this.#parser = MessageParser.restore(this.#output.placeBefore(from));
    this.#at = this.#parser.position;
  }

  #beginNow(): void {
    const { end } = this.#output;
    this.#beginAt(end);
    if (this.#tail > 0) this.#isReady = false;
    else if (this.#filter.messages) this.#fromSeq = undefined;
    this.#noteNow();
  }

  /** Finds where the newest messages begin. */
  async #prepare(signal: AbortSignal): Promise<void> {
    const question = { count: this.#tail, end: this.#from, filter: this.#filter };
    this.#beginAt(await tailStart(this.#output, question, signal));
  }

  /** The parser has come to where this reader began: messages completed from here on are for it. */
  #noteNow(): void {
    if (this.#fromSeq === undefined && this.#parser !== undefined && this.#at >= this.#from)
      this.#fromSeq = this.#parser.lastSeq + 1;
  }

  async #takeTurn(signal: AbortSignal): Promise<void> {
    if (this.#sinceTurn < TURN_BYTES) return;
    this.#sinceTurn = 0;
    await nextTurn();
    signal.throwIfAborted();
  }

  #takeStats(batch: ReadingBatch): void {
    const newest = this.#output.stats;
    if (newest === undefined || newest.number === this.#stats) return;
    this.#stats = newest.number;
    batch.add({ type: 'stats', stats: newest.stats });
  }

  /** Takes the events that stand at or before the present place. */
  #takeEvents(batch: ReadingBatch): void {
    for (;;) {
      const kept = this.#output.events.from(this.#event);
      if (kept === undefined || kept.position > this.#at) return;
      this.#event = kept.number + 1;
      if (kept.event.event === 'exited' && kept.position === this.#at) this.#endRun(batch);
      batch.add({ type: 'event', event: kept.event });
    }
  }

  #take(slice: JobSlice, batch: ReadingBatch): void {
    for (const item of slice.items) {
      this.#takeEvents(batch);
      this.#takeItem(item, batch);
      if (batch.messageCount >= BATCH_MESSAGES) return;
    }
    this.#at = Math.max(this.#at, slice.next);
  }

  #takeItem(item: OutputItem, batch: ReadingBatch): void {
    if (item.type === 'bytes') {
      this.#at = Math.max(this.#at, item.position);
      this.#takeBytes(item, batch);
      return;
    }
    this.#parse(item, batch);
    if (item.type === 'gap') {
      batch.addGap(item, Math.max(this.#from, this.#at));
      this.#at = Math.max(this.#at, item.to);
    }
    this.#noteNow();
  }

  /** Takes bytes in pieces that end where an event stands, or this reader began. */
  #takeBytes(item: OutputBytes, batch: ReadingBatch): void {
    const end = item.position + item.bytes.length;
    while (this.#at < end) {
      this.#takeEvents(batch);
      const to = this.#pieceEnd(end);
      const piece = {
        ...item,
        position: this.#at,
        bytes: item.bytes.subarray(this.#at - item.position, to - item.position),
      };
      batch.addBytes(piece, this.#from);
      this.#parse(piece, batch);
      this.#at = to;
      this.#noteNow();
      if (batch.messageCount >= BATCH_MESSAGES) return;
    }
  }

  #pieceEnd(end: number): number {
    let to = this.#parser === undefined ? end : Math.min(end, this.#at + PIECE_BYTES);
    const event = this.#output.events.from(this.#event);
    if (event !== undefined && event.position > this.#at) to = Math.min(to, event.position);
    if (this.#fromSeq === undefined) to = Math.min(to, this.#from);
    return to;
  }

  #parse(item: OutputItem, batch: ReadingBatch): void {
    if (this.#parser === undefined) return;
    const messages: ParsedMessage[] = [];
    this.#parser.push(item, messages);
    this.#addMessages(messages, batch);
  }

  #endRun(batch: ReadingBatch): void {
    if (this.#parser === undefined) return;
    const messages: ParsedMessage[] = [];
    this.#parser.end(messages);
    this.#addMessages(messages, batch);
  }

  #addMessages(messages: readonly ParsedMessage[], batch: ReadingBatch): void {
    if (messages.length > 0 && this.#fromSeq !== undefined) batch.addMessages(messages, this.#fromSeq);
  }

  /** Everything was read. */
  #end(batch: ReadingBatch): void {
    this.#endRun(batch);
    this.#isOver = true;
  }
}
