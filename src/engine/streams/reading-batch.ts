import type { Message } from '../../protocol/frames.ts';
import type { OutputBytes, OutputGap, OutputStream } from '../../protocol/output.ts';
import type { ParsedMessage } from './message-parser.ts';
import type { ReadingBytes, ReadingItem, ReadingOptions } from './reading.ts';

/** What of a job's output one reader wants. */
export class ReadingFilter {
  readonly bytes: boolean;
  readonly messages: boolean;
  readonly #streams: ReadonlySet<OutputStream> | undefined;
  readonly #levels: ReadonlySet<number> | undefined;

  constructor(options: ReadingOptions) {
    this.bytes = options.as !== 'messages';
    this.messages = options.as !== 'bytes';
    this.#streams = options.streams === undefined ? undefined : new Set(options.streams);
    this.#levels = options.levels === undefined ? undefined : new Set(options.levels);
  }

  hasStream(stream: OutputStream): boolean {
    return this.#streams?.has(stream) ?? true;
  }

  hasMessage({ stream, level }: ParsedMessage): boolean {
    return (this.#streams?.has(stream) ?? true) && (this.#levels?.has(level) ?? true);
  }
}

/** The items of one answer to a reader, in order. Messages that follow each other in one run become one item. */
export class ReadingBatch {
  readonly items: ReadingItem[] = [];
  /** Messages in the items. */
  messageCount = 0;
  #run = 0;
  #messages: Message[] = [];
  #lastBytes: ReadingBytes | undefined;
  readonly #filter: ReadingFilter;

  constructor(filter: ReadingFilter) {
    this.#filter = filter;
  }

  isEmpty(): boolean {
    return this.items.length === 0;
  }

  addBytes(item: OutputBytes, from: number): void {
    const { stream, position, bytes } = item;
    const cut = Math.max(0, from - position);
    if (!this.#filter.bytes || cut >= bytes.length || !this.#filter.hasStream(stream)) return;
    this.#lastBytes = {
      type: 'bytes',
      stream,
      position: position + cut,
      bytes: cut === 0 ? bytes : bytes.subarray(cut),
    };
    this.items.push(this.#lastBytes);
  }

  /** All bytes given here share memory that is to be released: by whoever gets them, at once when nobody does. */
  lend(release: (() => void) | undefined): void {
    if (this.#lastBytes === undefined) release?.();
    else this.#lastBytes.release = release;
  }

  /** Adds those wanted whose `seq` is at least `from`. */
  addMessages(parsed: readonly ParsedMessage[], from: number): void {
    for (const message of parsed) {
      if (message.seq < from || !this.#filter.hasMessage(message)) continue;
      const { seq, level, text, epoch, run, truncated } = message;
      if (run !== this.#run || this.#messages.length === 0) this.#beginMessages(run);
      this.#messages.push(
        truncated === undefined ? { seq, level, text, epoch } : { seq, level, text, epoch, truncated },
      );
      this.messageCount += 1;
    }
  }

  addGap({ from, to }: OutputGap, after: number): void {
    if (to > after) this.#add({ type: 'gap', from: Math.max(from, after), to });
  }

  /** Adds what is no output. */
  add(item: Extract<ReadingItem, { type: 'event' | 'stats' }>): void {
    this.#add(item);
  }

  #beginMessages(run: number): void {
    this.#run = run;
    this.#messages = [];
    this.items.push({ type: 'messages', run, messages: this.#messages });
  }

  #add(item: ReadingItem): void {
    this.items.push(item);
    this.#messages = [];
  }
}
